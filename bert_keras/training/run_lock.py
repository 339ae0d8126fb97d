"""Ensures that only one process works in a run's folder."""

import contextlib
from pathlib import Path

from bert_keras.files import folder_lock


def run_lock(folder: str | Path) -> contextlib.AbstractContextManager[None]:
    """Locks a run's folder against other processes until the block ends.

    Args:
        folder: The folder of the run; created if missing.

    Returns:
        The lock, a context manager.

    Raises:
        InputError: Another process holds the lock.
    """
    return folder_lock(folder, "a run of this name is at work", "wait for it, stop it, or choose another --name")
