"""Ensures that only one process works in a run's folder."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bert_keras.errors import InputError


@contextlib.contextmanager
def run_lock(folder: str | Path) -> Iterator[None]:
    """Locks a run's folder against other processes until the block ends.

    It is a kernel lock on the file `.lock` in the folder, so it ends with the process even if that is killed. The file
    stays, without effect.

    Args:
        folder: The folder of the run; created if missing.

    Raises:
        InputError: Another process holds the lock.
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
