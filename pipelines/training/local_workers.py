"""The workers that a training starts on its own machine."""

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Self

import yaml

from bert_keras.workers import Cluster

from ..command_line.processes import VARIABLE
from .config import TrainingConfig

PROGRAMS = __package__.removesuffix(".training")
"""The name of the package of the programs."""
_HOST = "127.0.0.1"
_ENDING, _ENDING_AFTER_AN_ERROR = 10.0, 3.0  # seconds


class LocalWorkers:
    """The workers 1 to N - 1 of a training on this machine, each another process of the same program.

    Only worker 0, this process, shows what it prints. At the end of the block the others are waited for, and what still
    runs after some seconds is killed: it writes nothing.

    Args:
        config: The options of the training.
        count: The number of workers, this process included.

    Attributes:
        cluster: The workers, on ports of the loopback that are free.
        listener: The socket on which this process listens to the others.
    """

    def __init__(self, config: TrainingConfig, count: int) -> None:
        self.listener = socket.create_server((_HOST, 0), backlog=count)
        addresses = [f"{_HOST}:{self.listener.getsockname()[1]}", *[f"{_HOST}:0"] * (count - 1)]
        self.cluster = Cluster(tuple(addresses), 0)
        self._config, self._processes = config, dict[int, subprocess.Popen[bytes]]()
        self._said: dict[int, IO[bytes]] = {}

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="workers-")
        options = Path(self._folder.name, "options.yaml")
        given = {name: value for name, value in dataclasses.asdict(self._config).items() if value is not None}
        options.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        program = type(self._config).__module__.split(".")[-2]
        for rank in range(1, len(self.cluster)):
            self._said[rank] = Path(self._folder.name, f"{rank}.log").open("wb")
            self._processes[rank] = subprocess.Popen(
                [sys.executable, "-m", PROGRAMS, program, "--config", str(options)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said[rank],
                env=os.environ | self._environment(rank),
            )
        return self

    def __exit__(self, *raised: object) -> None:
        self.listener.close()
        for rank, process in self._processes.items():
            try:
                process.wait(_ENDING if raised[0] is None else _ENDING_AFTER_AN_ERROR)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._said[rank].close()
        self._folder.cleanup()

    def ended(self, rank: int) -> str:
        """Returns how the process of a worker ended and what it said last; "" if it runs."""
        process = self._processes.get(rank)
        status = None if process is None else process.poll()
        if status is None:
            return ""
        said = Path(self._folder.name, f"{rank}.log").read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        return f"{how}: {last}" if last else how

    def _environment(self, rank: int) -> dict[str, str]:
        task = {"cluster": {"worker": list(self.cluster.addresses)}, "task": {"type": "worker", "index": rank}}
        above = str(Path(__file__).parents[len(PROGRAMS.split(".")) + 1])
        paths = [above, *filter(None, [os.environ.get("PYTHONPATH")])]
        return {VARIABLE: json.dumps(task), "PYTHONPATH": os.pathsep.join(paths)}
