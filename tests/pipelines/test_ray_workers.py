import dataclasses
import json
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from bert_keras.errors import InputError, ServiceError
from pipelines.classify.config import ClassifyConfig
from pipelines.command_line.processes import VARIABLE
from pipelines.training import ray_workers

CONFIG = ClassifyConfig(train="train.tsv", dev="dev.tsv", workers=2, cluster="local")


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, rank: int, ends: str) -> list[str]:
    """Runs a worker of Ray with a shell in Python's place; returns its arguments, its input and a variable."""
    shell = folder / "python"
    shell.write_text(f'#!/bin/sh\necho "$*" > said\ncat >> said\necho "keras $TF_USE_LEGACY_KERAS" >> said\n{ends}\n')
    shell.chmod(0o755)
    task = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": rank}}
    monkeypatch.setenv(VARIABLE, json.dumps(task))
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    monkeypatch.setattr(ray_workers.sys, "executable", str(shell))
    ray_workers.run_worker({"options": "epochs: 1\n", "program": "classify", "folder": str(folder)})
    return (folder / "said").read_text().splitlines()


def test_a_worker_of_ray_is_a_process_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(tmp_path, monkeypatch, 0, "exit 0")
    assert said == ["-m pipelines classify --config /dev/stdin", "epochs: 1", "keras "]


@pytest.mark.parametrize(("rank", "ends"), [(0, "exit 3"), (0, "kill -9 $$"), (1, "kill -9 $$")])
def test_ray_starts_again_what_has_lost_a_worker(
    rank: int, ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match=f"worker {rank} ended with status .*all workers are started again"):
        run(tmp_path, monkeypatch, rank, ends)


@pytest.mark.parametrize(("rank", "status"), [(0, 2), (1, 3), (0, 130)])
def test_ray_does_not_start_again_what_a_user_has_to_mend_or_has_stopped(
    rank: int, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, monkeypatch, rank, f"exit {status}")


def test_ray_has_to_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.train", None)
    with pytest.raises(InputError, match=r'--cluster needs Ray Train.*pip install "bert_keras\[workers\]"'):
        ray_workers.train_on_ray(CONFIG, tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cluster": "gpu-1:10001"}, "--cluster must be local or ray://HOST:PORT. Received: gpu-1:10001"),
        ({"cluster": "ray://"}, "--cluster must be local or ray://HOST:PORT. Received: ray://"),
        ({"workers": None}, "--cluster needs the number of workers; add --workers N"),
    ],
)
def test_a_cluster_needs_an_address_and_a_number(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        dataclasses.replace(CONFIG, **changes)


def test_an_address_at_which_nobody_listens_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"ray://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setitem(sys.modules, "ray.train", ModuleType("ray.train"))
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(train=sys.modules["ray.train"]))
    with pytest.raises(ServiceError, match=f"{address}: no cluster of Ray can be reached there .*refused"):
        ray_workers.train_on_ray(dataclasses.replace(CONFIG, cluster=address), tmp_path)


@pytest.mark.parametrize(("workers", "asked"), [(2, 2), ("1..4", (1, 4))])
def test_of_a_range_ray_takes_as_many_as_it_has_room_for(
    workers: int | str, asked: int | tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray, given = ModuleType("ray.train"), dict[str, Any]()

    class Trainer:
        def __init__(self, *args: Any, **settings: Any) -> None:
            given.update(settings)

        def fit(self) -> None:
            given["fitted"] = True

    for name in ("FailureConfig", "RunConfig", "ScalingConfig"):
        setattr(ray, name, lambda **settings: settings)
    monkeypatch.setitem(sys.modules, "ray.train", ray)
    monkeypatch.setitem(sys.modules, "ray.train.tensorflow", SimpleNamespace(TensorflowTrainer=Trainer))
    monkeypatch.setenv("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "1")
    ray_workers._fit(dataclasses.replace(CONFIG, workers=workers, runs=str(tmp_path)))
    assert given["fitted"] and given["scaling_config"]["num_workers"] == asked
    assert "workers" not in yaml.safe_load(given["train_loop_config"]["options"])  # which TF_CONFIG tells
