"""What tells whether a file is the same as before."""

import hashlib
from pathlib import Path


def stamp_of(path: Path) -> tuple[int, int]:
    """Returns the size of a file in bytes and its modification time in nanoseconds."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def sha256_of(path: str | Path) -> str:
    """Returns the SHA-256 of the bytes of a file in hexadecimal digits.

    Raises:
        OSError: The file cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
