"""Servers of exports, started on free ports of this machine."""

import contextlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bert_keras.serving import Client


@contextlib.contextmanager
def served(export: str, model: str, grpc: bool, flags: list[str]) -> Iterator[str]:
    """Serves an export with `bert-keras serve` while the block runs.

    Args:
        export: The model's folder, with its versions.
        model: The name under which it is served.
        grpc: Whether its address is that of gRPC.
        flags: Further flags of the server.

    Yields:
        The address.
    """
    ports = [_free_port(), _free_port()]
    command = [sys.executable, "-m", "bert_keras", "serve", f"--port={ports[0]}", f"--rest_api_port={ports[1]}"]
    command += [f"--model_name={model}", f"--model_base_path={Path(export).absolute()}", *flags]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        address = f"grpc://127.0.0.1:{ports[0]}" if grpc else f"http://127.0.0.1:{ports[1]}"
        try:
            with Client(address, model) as client:
                client.wait_until_ready(120)
            yield address
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
