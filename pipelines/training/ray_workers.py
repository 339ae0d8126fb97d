"""Workers of a training that Ray Train starts, on this machine or a cluster, and starts again if one is lost."""

import ctypes
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bert_keras.corpus.reachable import check_reachable
from bert_keras.errors import InputError, TrainingError

from ..command_line.processes import VARIABLE, worker_range
from ..command_line.run import WORKER_LOST
from ..console.consoles import console
from .config import TrainingConfig
from .local_workers import PROGRAMS

_RESTARTS = 20
_ON_PARENTS_DEATH = 1  # of prctl


def train_on_ray(config: TrainingConfig, folder: Path) -> None:
    """Trains in workers that Ray Train starts, until the run is finished.

    Each worker is a process of the same program with `TF_CONFIG` in its environment. If one is lost, with its machine
    or without, all are started again, and go on from the checkpoint.

    Args:
        config: The options of the training, with a cluster.
        folder: The folder of the run, which all machines share.

    Raises:
        InputError: Ray is not installed, or cannot be started.
        ServiceError: Nobody listens at the address of the cluster.
        TrainingError: The training failed, as the lines of worker 0 say.
    """
    try:
        import ray
        import ray.train  # which needs more packages than Ray itself
    except ImportError as error:
        raise InputError(
            '--cluster needs Ray Train, which is not installed; run: pip install "bert_keras[workers]"'
        ) from error

    check_reachable(config.cluster)
    os.environ.setdefault("RAY_worker_niceness", "0")  # of 15, with which other work would slow every step
    try:
        if config.cluster == "local":
            cores = max(os.cpu_count() or 1, worker_range(config.workers)[0])
            ray.init(address="local", num_cpus=cores, include_dashboard=False)
        else:
            ray.init(address=config.cluster)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(
            f"--cluster {config.cluster}: Ray cannot be reached ({' '.join(str(error).split())})"
        ) from error
    before = _written(folder)
    try:
        _fit(config)
    finally:
        ray.shutdown()
    if _written(folder) == before:
        raise TrainingError(f"{folder}: the training on Ray failed; worker 0 says above why")


def _written(folder: Path) -> int | None:
    """Returns when the report of a run was written, in nanoseconds; `None` if there is none."""
    report = folder / "report.json"
    return report.stat().st_mtime_ns if report.exists() else None


def _fit(config: TrainingConfig) -> None:
    from ray.train import FailureConfig, RunConfig
    from ray.train.tensorflow import TensorflowTrainer

    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", str(config.join_seconds))
    left_out = ("cluster", "workers")  # TF_CONFIG tells them
    given = {name: of for name, of in dataclasses.asdict(config).items() if of is not None and name not in left_out}
    options = yaml.safe_dump(given, allow_unicode=True)
    console.print(f"Ray starts {config.workers} workers; what they print follows, worker 0's being the report")
    TensorflowTrainer(
        run_worker,
        train_loop_config={
            "options": options,
            "program": type(config).__module__.split(".")[-2],
            "folder": os.getcwd(),
        },
        scaling_config=_scaling(*worker_range(config.workers)),
        run_config=RunConfig(
            name=config.name,
            storage_path=str(Path(config.runs).resolve() / ".ray"),
            failure_config=FailureConfig(max_failures=_RESTARTS),
        ),
    ).fit()


def _scaling(fewest: int, most: int) -> Any:
    """Returns how many workers Ray starts: of a range as many as it has room for; none that train are disturbed."""
    from ray.train import ScalingConfig

    if fewest == most:
        return ScalingConfig(num_workers=most)
    changes: dict[str, Any] = {"num_workers": (fewest, most), "elastic_resize_monitor_interval_s": math.inf}
    return ScalingConfig(**changes)


def run_worker(given: dict[str, str]) -> None:
    """Runs a worker as a process of its own, in a worker of Ray.

    Args:
        given: The options as YAML, the program, and the folder to work in.

    Raises:
        RuntimeError: A worker is lost, so that Ray has to start all of them again.
    """
    rank = json.loads(os.environ[VARIABLE])["task"]["index"]
    command = [sys.executable, "-m", PROGRAMS, given["program"], "--config", "/dev/stdin"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        cwd=given["folder"],
        env={name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"},  # set by Ray
        preexec_fn=_stop_with_parent if sys.platform == "linux" else None,
    )
    process.communicate(given["options"].encode())
    if process.returncode < 0 or rank == 0 and process.returncode == WORKER_LOST:
        raise RuntimeError(f"worker {rank} ended with status {process.returncode}; all workers are started again")


def _stop_with_parent() -> None:
    """Lets a process be told to stop when the one that started it ends, as when Ray ends its workers."""
    ctypes.CDLL(None).prctl(_ON_PARENTS_DEATH, signal.SIGTERM)
