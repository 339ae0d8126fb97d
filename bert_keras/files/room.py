"""Room on the disk, taken before it is written to by what does not survive that there is none."""

import errno
import os
import tempfile
from pathlib import Path

_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)  # by some network file systems


def take_room(path: Path) -> None:
    """Gives a file that is to be mapped all the blocks that its size stands for.

    Who writes to the map of a file for which there is no room is killed by the system (SIGBUS).

    Args:
        path: The file, of its final size.

    Raises:
        OSError: There is no room.
    """
    with path.open("rb+") as file:
        _allocate(file.fileno(), path.stat().st_size, path)


def check_room(folder: Path, size: int) -> None:
    """Checks that there is room for files in a folder.

    It is for HDF5, which a full disk leaves in a state in which it may crash later.

    Args:
        folder: The folder, which is there.
        size: The size of the files in bytes.

    Raises:
        OSError: There is no room.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        _allocate(file.fileno(), size, folder)


def _allocate(file: int, size: int, path: Path) -> None:
    if not size or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise OSError(error.errno, error.strerror, str(path)) from error
