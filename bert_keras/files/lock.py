"""Kernel locks on folders, which end with the process that holds them, even if it is killed."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bert_keras.errors import InputError

_LOCK = ".lock"


@contextlib.contextmanager
def folder_lock(folder: str | Path, held: str, advice: str) -> Iterator[None]:
    """Locks a folder against other processes until the block ends.

    It is a kernel lock on the file `.lock` in the folder. The file stays, without effect.

    Args:
        folder: The folder; created if missing.
        held: What it means that another process holds the lock, for the message.
        advice: What to do then.

    Raises:
        InputError: Another process holds the lock.
    """
    path = Path(folder, _LOCK)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            process = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            raise InputError(f"{folder}: {held}. Received: its process id, {process}; {advice}") from error
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(file)
