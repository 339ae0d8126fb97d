"""One run at a time in a folder."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bert_keras.errors import InputError


@contextlib.contextmanager
def run_lock(folder: str | Path) -> Iterator[None]:
    """Keeps other processes out of a run's folder until the block ends.

    The lock is the kernel's, on the open file `.lock` in the folder: it ends with the process, killed or not, and the
    file left behind means nothing.

    Args:
        folder: The run's folder, made if need be.

    Raises:
        InputError: Another process is at work in it.
    """
    path = Path(folder, ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            process = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"{folder}: a run of this name is at work. Received: its process id, {process}; wait for it, stop it, "
                "or choose another --name"
            ) from error
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(file)
