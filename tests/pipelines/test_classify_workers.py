import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from programs import TRAINING_FLAGS, call, rows, write_table

from bert_keras.errors import InputError
from pipelines.classify.config import ClassifyConfig
from pipelines.command_line.processes import VARIABLE, cluster_here, processes_here, worker_range
from pipelines.predict.config import PredictConfig

CONFIG = ClassifyConfig(train="train.tsv", dev="dev.tsv")
TWO = json.dumps({"cluster": {"worker": ["a:1", "b:1", "b:2"]}, "task": {"type": "worker", "index": 2}})


def test_two_processes_make_the_run_of_one(start: Path, tmp_path: Path) -> None:
    for split, count in (("train", 24), ("dev", 9)):
        write_table(tmp_path / "reviews" / f"{split}.tsv", ("text", "label"), *rows(count, count))
    files = ("--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv", "--epochs", "1", "--workers", "2")
    ended = call("classify", *TRAINING_FLAGS, *files, "--model", start, cwd=tmp_path)
    assert ended.status == 0, ended.err
    assert "2 workers train together" in ended.out
    report = json.loads((tmp_path / "runs" / "reviews" / "report.json").read_text(encoding="utf-8"))
    assert report["training"]["workers"] == 2
    assert report["training"]["bytes_a_step"] > 0
    assert report["training"]["steps"] == 3
    assert not (tmp_path / "runs" / "reviews" / "checkpoint").exists()


def test_a_process_knows_how_many_share_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert processes_here(CONFIG) == (1, 0)
    assert processes_here(dataclasses.replace(CONFIG, workers=4)) == (4, 0)
    monkeypatch.setenv(VARIABLE, TWO)
    assert processes_here(CONFIG) == (2, 1)
    assert processes_here(object()) == (1, 0)  # a program that does not train
    ray = PredictConfig(model="m", input="texts.txt", output="out", engine="ray", workers=2)
    assert processes_here(ray) == (1, 0)
    with pytest.raises(InputError, match="TF_CONFIG names 3 workers; leave --workers out.*Received: --workers 2"):
        processes_here(dataclasses.replace(CONFIG, workers=2))


@pytest.mark.parametrize(("given", "both"), [(None, (1, 1)), (3, (3, 3)), ("3", (3, 3)), ("2..8", (2, 8))])
def test_workers_are_a_number_or_a_range(given: int | str | None, both: tuple[int, int]) -> None:
    assert worker_range(given) == both


def test_of_a_range_the_larger_number_is_started_here_and_any_in_it_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    elastic = dataclasses.replace(CONFIG, workers="2..4")
    assert processes_here(elastic) == (4, 0)
    assert dataclasses.replace(CONFIG, workers="2").workers == 2
    monkeypatch.setenv(VARIABLE, TWO)
    cluster = cluster_here(elastic)
    assert cluster is not None and len(cluster) == 3
    with pytest.raises(InputError, match=r"TF_CONFIG names 3 workers; .*Received: --workers 4\.\.8"):
        cluster_here(dataclasses.replace(CONFIG, workers="4..8"))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"workers": of} for of in (0, "", "two", "0..2", "8..2", "2..", "..2", "2..4..8", "-1..2", "1.5")),
        {"join_seconds": 0.0},
        {"join_seconds": float("nan")},
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"--{next(iter(wrong))} must be"):
        dataclasses.replace(CONFIG, **wrong)
