"""Folders of things that were costly to make, named by a hash of what they were made of."""

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
_ABANDONED = 3600  # seconds in which nobody wrote to an entry that is being made
_USED = "used"  # an empty file whose time says when an entry was last used

Thing = TypeVar("Thing")


class Cache:
    """A folder of such folders.

    Args:
        folder: It; made where it is not there.
        kind: Begins the names of the entries.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind

    def key(self, *made_of: object) -> str:
        """Hashes what an entry is made of.

        Args:
            *made_of: Anything that JSON can hold.

        Returns:
            The entry's key.
        """
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:32]

    def get(self, key: str, open_entry: Callable[[Path], Thing], write: Callable[[Path], None]) -> Thing:
        """Opens an entry, and makes it first where it is not there or damaged.

        It is made aside and renamed, so that a process that is killed leaves nothing that counts, and several at once
        do no harm: the entry is that of the first who is done.

        Args:
            key: The entry's.
            open_entry: Opens a folder. A ValueError, LookupError or OSError says that it is damaged.
            write: Fills an empty folder.

        Returns:
            What `open_entry` returned.

        Raises:
            DataError: The cache cannot be written: the disk is full, or not one's own.
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
                with contextlib.suppress(OSError):  # another process was faster
                    if time.time() - max(path.stat().st_mtime for path in (folder, *folder.iterdir())) > kept:
                        shutil.rmtree(folder)


def _opened(entry: Path, open_entry: Callable[[Path], Thing]) -> Thing | None:
    """Opens an entry and notes its use; None where there is none or it is damaged."""
    with contextlib.suppress(OSError):  # a cache that only others may write to
        os.utime(entry / _USED)
    try:
        return open_entry(entry)
    except (ValueError, LookupError, TypeError, AttributeError, OSError):
        return None


def _put(aside: Path, entry: Path, open_entry: Callable[[Path], Thing]) -> Thing:
    """Puts an entry in its place, unless another process has put a sound one there meanwhile."""
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
