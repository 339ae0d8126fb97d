"""Delimited text files with a header line: csv, tsv, and their kin."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from bert_keras.data.records import MOST_PIECES, MOST_RECORDS, Choose, Records
from bert_keras.data.tables.dialect import Dialect
from bert_keras.data.tables.splitting import BrokenRecord, split
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.files.text_file import TextFile

HEADER_AGAIN = "the header again"
_MARK = "\ufeff"


class DelimitedFile(TextFile):
    """A text file whose first line names the columns.

    Args:
        path: The path of the file.
        dialect: How its lines are cut into fields.

    Attributes:
        format: The description of the format and dialect.
    """

    def __init__(self, path: str | Path, dialect: Dialect) -> None:
        super().__init__(path)
        self._dialect = dialect
        self.format = f"text, {dialect}"

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Blank lines are skipped."""
        blocks = self._blocks()
        lines, rows = next(blocks)
        if not rows or not any(name and name.strip() for name in rows[0]):
            raise DataError(
                f"{self.name}: the file is empty; its first line must name the columns, e.g. text and label"
            )
        header = [name or "" for name in rows[0]]
        chosen = choose(header, where(self.name, lines[0]))
        places = [header.index(name) for name in chosen]
        for begins, records in chain([(lines[1:], rows[1:])], blocks):
            self._check_widths(begins, records, len(header))
            kept, again = self._without_headers(begins, records, tuple(header))
            yield Records(chosen, kept[0], [[row[place] for row in kept[1]] for place in places], again)

    def names(self) -> list[str]:
        """Returns the names of the columns; none of an empty file."""
        try:
            return [name or "" for name in next(split(self.lines(), self._dialect), (1, []))[1]]
        except BrokenRecord as error:
            raise self._broken(error) from error

    def content_hash(self) -> str:
        """Returns a hash of the bytes and of the dialect."""
        return f"{super().content_hash()} {self._dialect!r}"

    def _blocks(self) -> Iterator[tuple[list[int], list[Sequence[str | None]]]]:
        """Yields blocks of line numbers and records; at least one block, which may be empty."""
        begins, rows, pieces = list[int](), list[Sequence[str | None]](), self.pieces
        try:
            for begin, row in split(self.lines(), self._dialect):
                begins.append(begin)
                rows.append(tuple(row))  # unlike lists, tuples of strings are soon ignored by the garbage collector
                if len(rows) >= MOST_RECORDS or self.pieces - pieces > MOST_PIECES:
                    yield begins, rows
                    begins, rows, pieces = [], [], self.pieces
        except BrokenRecord as error:
            raise self._broken(error) from error
        yield begins, rows

    @staticmethod
    def _without_headers(
        lines: list[int], rows: list[Sequence[str | None]], header: tuple[str, ...]
    ) -> tuple[tuple[list[int], list[Sequence[str | None]]], Counter[str]]:
        """Takes out the rows that repeat the header, as where files were joined."""
        # Of a table of a single column a text may well be its name.
        marked = (f"{_MARK}{header[0]}", *header[1:])  # the byte order mark of a file that was joined to another
        if len(header) == 1 or (header not in rows and marked not in rows):
            return (lines, rows), Counter()
        kept = [place for place, row in enumerate(rows) if row not in (header, marked)]
        again = Counter({HEADER_AGAIN: len(rows) - len(kept)})
        return ([lines[place] for place in kept], [rows[place] for place in kept]), again

    def _check_widths(self, lines: Sequence[int], rows: list[Sequence[str | None]], width: int) -> None:
        if set(map(len, rows)) <= {width}:
            return
        line, row = next((line, row) for line, row in zip(lines, rows, strict=True) if len(row) != width)
        there = f"{len(row)}, {str(list(row[:5])):.80}"
        raise DataError(f"{where(self.name, line)}: {width} fields expected, as the header has. Received: {there}")

    def _broken(self, error: BrokenRecord) -> DataError:
        if "new-line" in str(error):
            return DataError(
                f"{where(self.name, error.line)}: a carriage return in the midst of a row; end rows with a line feed"
            )
        return DataError(
            f"{where(self.name, error.line)}: broken quoting ({error}). "
            "A field that begins with a quote mark must end with one, and quote "
            'marks in it are doubled: "say ""so"""; if quote marks are text here, say --dialect plain'
        )
