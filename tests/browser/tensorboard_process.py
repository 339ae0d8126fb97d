"""Starts TensorBoard as a user does, in a process of its own, and reads its address and its messages."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

_ADDRESS = re.compile(r"^TensorBoard \S+ at (http://\S+) ", re.MULTILINE)
# What TensorBoard prints when nothing is wrong.
_START = re.compile(
    r"^(TensorBoard \S+ at http://\S+ \(Press CTRL\+C to quit\)"
    r"|Serving TensorBoard on localhost; .*"
    r"|NOTE: Using experimental fast data loading logic\. .*"
    r'|    "--load_fast=false" and report issues on GitHub\. .*'
    r"|    https://github\.com/tensorflow/tensorboard/issues/4784"
    r"|TensorBoard caught SIGTERM; exiting\.\.\."
    r"|)$"
)
# What TensorFlow prints about the machine when it is loaded.
_MACHINE = re.compile(
    r"^(WARNING: All log messages before absl::InitializeLog\(\) .*"
    r"|[IE]\d{4} .* (port|cudart_stub|cuda_platform|cpu_feature_guard)\.cc:\d+\] .*"
    r"|To enable the following instructions: .*)$"
)
_PATIENCE = 60  # the maximum number of seconds until it answers


class TensorBoard:
    """TensorBoard on a free port; a context manager that ends it.

    Args:
        logs: The log folder.
        *flags: Further command-line flags.
        code: Python code that starts it. `None` means `python -m tensorboard.main`.
    """

    def __init__(self, logs: Path, *flags: str, code: str | None = None) -> None:
        self.logs = logs
        self._said = logs.parent / f"{logs.name}{''.join(flags).replace('/', '')}.stderr"
        start = ["-m", "tensorboard.main"] if code is None else ["-c", code]
        command = [sys.executable, *start, "--logdir", str(logs), "--port", "0", "--reload_interval", "1", *flags]
        # Warnings of its own code count too, since a user would see them.
        environment = os.environ | {"PYTHONWARNINGS": ""}
        with self._said.open("w") as errors:
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        self.address = self._address()

    def messages(self) -> list[str]:
        """Returns what it has printed, without the usual lines at its start."""
        lines = self._said.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not _START.match(line) and not _MACHINE.match(line)]

    def get(self, path: str) -> bytes:
        """Requests a path, and tries again while TensorBoard is starting."""
        for _ in range(20):
            try:
                with urllib.request.urlopen(self.address + path, timeout=_PATIENCE) as answer:
                    return answer.read()
            except urllib.error.URLError as error:
                if not isinstance(error.reason, ConnectionRefusedError):
                    raise
                time.sleep(0.2)
        raise TimeoutError(self.address)

    def await_run(self, run: str, tag: str) -> None:
        """Waits until TensorBoard has read a record."""
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            if tag in json.loads(self.get("data/plugin/bert_keras_attention/examples"))["runs"].get(run, {}):
                return
            time.sleep(0.2)
        raise AssertionError(f"TensorBoard has not read {tag} of {run}")

    def _address(self) -> str:
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends and self._process.poll() is None:
            if found := _ADDRESS.search(self._said.read_text(encoding="utf-8")):
                return found[1]
            time.sleep(0.1)
        self._process.kill()
        raise AssertionError(f"TensorBoard did not start: {self._said.read_text(encoding='utf-8')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)
