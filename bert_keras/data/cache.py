"""A cache on disk of results that are expensive to compute, in folders named by a hash of their inputs."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bert_keras.errors import DataError

_KEPT = 30 * 24 * 3600  # seconds without use
_ABANDONED = 3600  # seconds without a write, after which an unfinished entry is removed
_USED = "used"  # an empty file whose modification time is that of the entry's last use

Thing = TypeVar("Thing")


class Cache:
    """A folder of cached entries, each a folder.

    Args:
        folder: The folder, created when needed.
        kind: The prefix of the entries' names.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind

    def key(self, *made_of: object) -> str:
        """Computes the key of an entry.

        Args:
            *made_of: The inputs that determine the entry, of types that JSON can represent.

        Returns:
            The key, a hash of the inputs.
        """
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:32]

    def get(self, key: str, open_entry: Callable[[Path], Thing], write: Callable[[Path], None]) -> Thing:
        """Opens an entry, after creating it if it is missing or damaged.

        A new entry is written to a temporary folder that is then renamed. So a killed process leaves no incomplete
        entry, and several processes can write at once: the first that completes provides the entry.

        Args:
            key: The key of the entry.
            open_entry: The function that opens an entry's folder. A ValueError, LookupError, TypeError, AttributeError,
                OSError or EOFError means that the entry is missing or damaged.
            write: The function that writes the entry into an empty folder.

        Returns:
            The result of `open_entry`.

        Raises:
            DataError: The cache cannot be written, e.g. because the disk is full.
        """
        entry = self._folder / f"{self._kind}-{key}"
        found = _opened(entry, open_entry)
        if found is not None:
            return found
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._remove_unused()
            aside = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=self._folder))
            try:
                write(aside)
                (aside / _USED).touch()
                return _put(aside, entry, open_entry)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        except OSError as error:
            what = error.strerror or error
            raise DataError(
                f"{self._folder}: cannot keep encoded data ({what}); free space, or name another folder"
            ) from error

    def _remove_unused(self) -> None:
        for pattern, kept in ((f".{self._kind}-*", _ABANDONED), (f"{self._kind}-*", _KEPT)):
            for folder in self._folder.glob(pattern):
                with contextlib.suppress(OSError):  # another process may remove it at the same time
                    if time.time() - max(path.stat().st_mtime for path in (folder, *folder.iterdir())) > kept:
                        shutil.rmtree(folder)


def _opened(entry: Path, open_entry: Callable[[Path], Thing]) -> Thing | None:
    """Opens an entry and records its use; returns None if it is missing or damaged."""
    with contextlib.suppress(OSError):  # the cache may be read-only
        os.utime(entry / _USED)
    try:
        return open_entry(entry)
    except (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError):
        return None


def _put(aside: Path, entry: Path, open_entry: Callable[[Path], Thing]) -> Thing:
    """Renames a finished entry to its final name, unless another process has put an intact one there meanwhile."""
    try:
        os.rename(aside, entry)
    except OSError:
        found = _opened(entry, open_entry)
        if found is not None:
            return found
        damaged = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
        os.rename(entry, damaged)
        shutil.rmtree(damaged)
        os.rename(aside, entry)
    return open_entry(entry)
