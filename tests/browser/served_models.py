"""Tiny models behind a server in a process of its own, with the page to try them."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

_PATIENCE = 60  # the maximum number of seconds until it answers


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServedModels:
    """`bert-keras serve --ui` on free ports; a context manager that ends it.

    Args:
        folders: The folders of the models by name.
        log: The file that takes what it prints.
    """

    def __init__(self, folders: dict[str, Path], log: Path) -> None:
        config = log.with_suffix(".config")
        policy = "model_version_policy { all {} }"
        models = "".join(
            f'config {{ name: "{name}" base_path: "{folder}" {policy} }}\n' for name, folder in folders.items()
        )
        config.write_text(f"model_config_list {{\n{models}}}\n")
        rest, self._log = free_port(), log
        ports = ["--rest_api_port", str(rest), "--port", str(free_port())]
        command = [sys.executable, "-m", "pipelines.serve", "--ui", "--model_config_file", str(config), *ports]
        with log.open("w") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        self.address = f"http://127.0.0.1:{rest}/"
        self._await("Ctrl-C ends it")

    def _await(self, words: str) -> None:
        end = time.monotonic() + _PATIENCE
        while words not in self.said():
            assert self._process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        """Returns what it has printed."""
        return self._log.read_text(encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
