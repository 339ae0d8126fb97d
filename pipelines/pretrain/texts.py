"""The raw texts of a training: documents of folders and files, and the rows of tables."""

import bisect
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bert_keras import data
from bert_keras.data import RawDocument
from bert_keras.errors import DataError
from bert_keras.files import TextFile, expanded
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.folder import Found, find_documents
from bert_keras.retrieval.documents.formats import PLAIN, is_document, read_document

_UNREADABLE = "cannot be read"


class RawTexts:
    """The texts that names stand for, read as they are iterated over.

    Args:
        names: Files, folders, patterns and TFDS names.
        cut: What is one document in a file of text: "file", "paragraph" or "line".
        column: The column of texts in tables. `None` means the first of the usual names.
        split: The split of a TFDS name without one.

    Attributes:
        name: The display name.
        notes: Lines about what was found, and what was left out of folders.
        left_out: After an iteration, the number of rows and files left out, by reason.

    Raises:
        DataError: A name stands for nothing.
    """

    def __init__(self, names: str | Sequence[str], cut: str, column: str | None, split: str) -> None:
        given = [names] if isinstance(names, str) else list(names)
        self.name = given[0] if len(given) == 1 else f"{given[0]} and {len(given) - 1:,} more"
        self.notes: list[str] = []
        self.left_out: dict[str, int] = {}
        self._cut, self._split, self._column = cut, split, column
        self._parts: list[Found | str] = []
        for name in given:
            self._parts += [self._part(one) for one in ([name] if name.startswith("tfds:") else expanded(name))]

    @property
    def has_documents(self) -> bool:
        """Whether any of the names stands for documents, which are cut into texts; the others are tables."""
        return any(isinstance(part, Found) for part in self._parts)

    def _part(self, name: str) -> Found | str:
        """Returns the documents that a name stands for, or the name of what is a table."""
        if self._column is not None or not (os.path.isdir(name) or is_document(name)):
            return name
        found = find_documents([name])
        if not found.files and found.others:
            return name  # a folder of tables
        if not found.files:
            raise DataError(f"{name}: no text in it. Received: {'; '.join(found.failed) or 'no file'}")
        if os.path.isdir(name):
            self.notes.append(f"{name}: {len(found.files):,} documents, a {self._cut} each a text")
        if found.others:
            self.notes.append(f"{name}: {found.others:,} files are no documents, and are left out")
        return found

    def __iter__(self) -> Iterator[RawDocument]:
        self.left_out = {}
        for part in self._parts:
            yield from self._of_table(part) if isinstance(part, str) else self._of_documents(part)

    def _of_table(self, name: str) -> Iterator[RawDocument]:
        source = data.Source(name, data.Columns(self._column, pairs=False), None, self._split)
        self.notes.append(f"{source.name}: {source.chosen.described()}")
        for row in source:
            yield RawDocument(row.text, row.file, row.line)
        for reason, count in source.left_out.items():
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def _of_documents(self, found: Found) -> Iterator[RawDocument]:
        alone = len(found.files) == 1 and not found.failed
        self.notes += [f"{line}" for line in found.failed]
        for name, path in found.files:
            read = 0
            try:
                for document in self._of_file(name, path):
                    yield document
                    read += 1
            except DataError as error:
                if alone:
                    raise
                self.notes.append(f"{error}; left out{' from there on' if read else ''}")
                self.left_out[_UNREADABLE] = self.left_out.get(_UNREADABLE, 0) + 1

    def _of_file(self, name: str, path: Path) -> Iterator[RawDocument]:
        if self._cut == "line" and name.removesuffix(".gz").lower().endswith(PLAIN):
            return _lines(TextFile(path, name))
        return _parts(read_document(path, name), name, self._cut)


def _lines(file: TextFile) -> Iterator[RawDocument]:
    """Yields the lines that are not blank of a file of any size."""
    for number, line in enumerate(file.lines(), 1):
        if line.strip():
            yield RawDocument(line.strip(), file.name, number)


def _parts(document: Document, name: str, cut: str) -> Iterator[RawDocument]:
    if cut == "file":
        yield RawDocument(document.text, name, 1)
        return
    breaks = [place for place, character in enumerate(document.text) if character == "\n"]
    for start, end in _bounds(document, cut):
        yield RawDocument(document.text[start:end], name, bisect.bisect_left(breaks, start) + 1)


def _bounds(document: Document, cut: str) -> Iterator[tuple[int, int]]:
    """Yields the bounds of paragraphs, each with the headings above it, or of lines."""
    if cut == "line":
        place = 0
        for line in document.text.splitlines(keepends=True):
            if line.strip():
                yield place, place + len(line.rstrip())
            place += len(line)
        return
    first = None
    for block in document.blocks:
        first = block.start if first is None else first
        if not block.heading:
            yield first, block.end
            first = None
    if first is not None:
        yield first, document.blocks[-1].end
