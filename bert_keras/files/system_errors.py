"""Errors of the file system, which libraries tell in words of their own: HDF5, safetensors, TensorFlow."""

import errno
import os

_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def error_of_writing(error: BaseException) -> int | None:
    """Returns the number of the system's error that keeps a file from being written; `None` if there is none.

    Args:
        error: An exception of any library, which may tell of the system's error in its message alone: HDF5 raises a
            RuntimeError about a full disk, safetensors a SafetensorError, TensorFlow a ResourceExhaustedError, as it
            does about memory.
    """
    number = getattr(error, "errno", None)
    if number in _OF_WRITING:
        return number
    message = str(error)
    return next((number for number in _OF_WRITING if os.strerror(number) in message), None)
