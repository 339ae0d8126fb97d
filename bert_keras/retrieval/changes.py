"""What has changed in documents since they were indexed."""

import dataclasses
import itertools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import BertKerasError, DataError
from bert_keras.files.identity import sha256_of
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.folder import Found
from bert_keras.retrieval.documents.formats import format_of, read_document
from bert_keras.retrieval.paragraphs import Paragraph, paragraphs_of
from bert_keras.retrieval.stored import IndexedFile

# Two changes within a tick of the file system's clock have the same time; those of FAT are the longest.
_TICK = 2 * 10**9  # nanoseconds
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that was read, and its paragraphs."""

    document: Document
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Changes:
    """Documents as they are now, beside those of an index.

    Attributes:
        before: The documents of the index.
        files: Those that can be searched now, in order.
        firsts: For each of these, the number of its first paragraph in the index as it is; `None` for one that was
            read.
        read: The documents that were read, by path.
        failed: A line about each name, folder and document that cannot be read.
    """

    before: tuple[IndexedFile, ...]
    files: tuple[IndexedFile, ...]
    firsts: tuple[int | None, ...]
    read: Mapping[str, ReadDocument]
    failed: tuple[str, ...]

    @property
    def removed(self) -> int:
        """The number of documents that were in the index and are no more."""
        paths = {file.path for file in self.files}
        return sum(file.path not in paths for file in self.before)

    @property
    def keeps_texts(self) -> bool:
        """Whether all texts stay where they are in the index, so that at most names and times of files differ."""
        places = itertools.accumulate((file.paragraphs for file in self.before), initial=0)
        return self.firsts == tuple(places)[:-1]


def find_changes(found: Found, before: tuple[IndexedFile, ...], progress: Callable[[int, int], None]) -> Changes:
    """Compares documents with those of an index, and reads those that are new or have changed.

    A file of the same path, size and times is taken as unchanged; else one with the same bytes is, whatever its path. A
    file that changes while it is read is read again, so that what is indexed is what its bytes say.

    Args:
        found: The documents.
        before: Those of the index.
        progress: Is called with the number of documents read and that of all to read.

    Returns:
        The changes.
    """
    known = _Known(before)
    now: list[tuple[IndexedFile, int | None]] = []
    failed: list[str] = list(found.failed)
    for name, path in found.files:
        try:
            now.append(known.compared(name, path))
        except OSError as error:
            failed.append(_unreadable(name, error))
    read: dict[str, ReadDocument] = {}
    new = [file for file, first in now if first is None]
    place_of = {file.path: place for place, (file, _) in enumerate(now)}
    for count, file in enumerate(new, 1):
        try:
            whole, document = _read(file)
            read[file.path] = ReadDocument(document, paragraphs_of(document))
            now[place_of[file.path]] = whole, None
        except BertKerasError as error:
            failed.append(" ".join(str(error).splitlines()))
        except OSError as error:
            failed.append(_unreadable(file.name, error))
        progress(count, len(new))
    there = [(file, first) for file, first in now if first is not None or file.path in read]
    files = (
        dataclasses.replace(file, paragraphs=len(read[file.path].paragraphs)) if first is None else file
        for file, first in there
    )
    return Changes(before, tuple(files), tuple(first for _, first in there), read, tuple(failed))


def _read(file: IndexedFile) -> tuple[IndexedFile, Document]:
    """Reads a document; returns it, and its file as it was then."""
    path = Path(file.path)
    for _ in range(_TRIES):
        document = read_document(path, file.name)
        digest = sha256_of(path)
        if digest == file.sha256:
            return file, document
        file = _stamped(file.name, path, digest)
    raise DataError(f"{file.name}: changes while it is read; ask again once it is whole")


def _stamped(name: str, path: Path, digest: str = "") -> IndexedFile:
    status = os.stat(path)
    settled = time.time_ns() - status.st_ctime_ns > _TICK
    return IndexedFile(
        name, str(path), status.st_size, status.st_mtime_ns, digest, 0, status.st_ctime_ns if settled else 0
    )


class _Known:
    """The documents of an index, to be found by path and by content."""

    def __init__(self, files: Sequence[IndexedFile]) -> None:
        self._firsts: dict[str, int] = {}
        self._by_path: dict[str, IndexedFile] = {}
        self._by_bytes: dict[tuple[tuple[str, ...], str], IndexedFile] = {}
        first = 0
        for file in files:
            self._firsts[file.path] = first
            self._by_path[file.path] = file
            self._by_bytes[format_of(file.name), file.sha256] = file
            first += file.paragraphs

    def compared(self, name: str, path: Path) -> tuple[IndexedFile, int | None]:
        """Returns a document as it is, and the number of its first paragraph; `None` if it has to be read."""
        file, same = _stamped(name, path), self._by_path.get(str(path))
        if same is None or not _unchanged(same, file):
            file = dataclasses.replace(file, sha256=sha256_of(path))
            content = format_of(name), file.sha256
            # Of several with the same bytes, the one of the same path: its paragraphs stay where they are.
            if same is None or (format_of(same.name), same.sha256) != content:
                same = self._by_bytes.get(content)
        if same is None:
            return file, None
        return dataclasses.replace(file, sha256=same.sha256, paragraphs=same.paragraphs), self._firsts[same.path]


def _unchanged(before: IndexedFile, now: IndexedFile) -> bool:
    stamps = (before.size, before.modified, before.changed) == (now.size, now.modified, now.changed)
    return stamps and before.changed > 0 and format_of(before.name) == format_of(now.name)


def _unreadable(name: str, error: OSError) -> str:
    return f"{name}: cannot be read ({error.strerror or error})"
