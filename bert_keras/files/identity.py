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


def digests_of(path: Path) -> dict[Path, str]:
    """Returns the SHA-256 of a file, or of each file in a folder and below it, by its path.

    Raises:
        OSError: A file cannot be read.
    """
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {file: sha256_of(file) for file in files if file.is_file()}
