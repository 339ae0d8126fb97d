"""What has changed in documents since they were indexed."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import BertKerasError
from bert_keras.files.identity import sha256_of, stamp_of
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.folder import Found
from bert_keras.retrieval.documents.formats import read_document
from bert_keras.retrieval.paragraphs import Paragraph, paragraphs_of
from bert_keras.retrieval.stored import IndexedFile


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


def find_changes(found: Found, before: tuple[IndexedFile, ...], progress: Callable[[int, int], None]) -> Changes:
    """Compares documents with those of an index, and reads those that are new or have changed.

    A file of the same path, size and modification time is taken as unchanged; else one with the same bytes is, whatever
    its path.

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
    for count, file in enumerate(new, 1):
        try:
            document = read_document(Path(file.path), file.name)
            read[file.path] = ReadDocument(document, paragraphs_of(document))
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


class _Known:
    """The documents of an index, to be found by path and by content."""

    def __init__(self, files: Sequence[IndexedFile]) -> None:
        self._firsts: dict[str, int] = {}
        self._by_path, self._by_bytes = {}, {}
        first = 0
        for file in files:
            self._firsts[file.path] = first
            self._by_path[file.path] = file
            self._by_bytes[Path(file.path).suffix.lower(), file.sha256] = file
            first += file.paragraphs

    def compared(self, name: str, path: Path) -> tuple[IndexedFile, int | None]:
        """Returns a document as it is, and the number of its first paragraph; `None` if it has to be read."""
        size, modified = stamp_of(path)
        same = self._by_path.get(str(path))
        if same is None or (same.size, same.modified) != (size, modified):
            digest = sha256_of(path)
            same = self._by_bytes.get((path.suffix.lower(), digest))
        if same is None:
            return IndexedFile(name, str(path), size, modified, digest, 0), None
        file = IndexedFile(name, str(path), size, modified, same.sha256, same.paragraphs)
        return file, self._firsts[same.path]


def _unreadable(name: str, error: OSError) -> str:
    return f"{name}: cannot be read ({error.strerror or error})"
