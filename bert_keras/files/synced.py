"""Files and folders that are complete on the disk, so that a power cut does not undo what is built on them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def synced_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a file to be written, which is complete on the disk at the end of the block.

    Args:
        path: The file, in an existing folder.

    Raises:
        OSError: The file cannot be written; the error names it.
    """
    try:
        with path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def sync_folder(folder: Path) -> None:
    """Writes a folder's entries to the disk, so that a rename survives a power cut."""
    entries = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entries)
    finally:
        os.close(entries)
