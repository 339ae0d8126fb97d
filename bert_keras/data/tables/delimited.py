"""Delimited text files with a header line: csv, tsv, and their kin."""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bert_keras.data.arrow_columns import TextColumn
from bert_keras.data.records import MOST_PIECES, MOST_RECORDS, Choose, Records
from bert_keras.data.tables.dialect import Dialect
from bert_keras.data.tables.later_evidence import LaterEvidence
from bert_keras.data.tables.record_bytes import RecordBytes
from bert_keras.data.tables.splitting import BrokenRecord, Fields, split
from bert_keras.data.tables.strict_csv import StrictRecords, parse_strictly
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.files.text_file import TextFile

HEADER_AGAIN = "the header again"
_MARK = "\ufeff"

Row = tuple[str | None, ...]


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
        content = RecordBytes(self)
        beginning, _ = content.block()
        line, header = next(self._by_line(content), (1, []))
        if not any(name and name.strip() for name in header):
            raise DataError(
                f"{self.name}: the file is empty; its first line must name the columns, e.g. text and label"
            )
        names = tuple(name or "" for name in header)
        chosen = choose(list(names), where(self.name, line))
        places = [names.index(name) for name in chosen]
        yield Records(chosen, [], [[] for _ in places])  # the columns are chosen even if there are no rows
        if self._dialect.style == "csv":
            later = LaterEvidence(self.name, beginning[: content.place], self._dialect)
            yield from self._strict_or_by_line(content, later, names, chosen, places)
        else:
            yield from self._with_care(content, None, names, chosen, places)

    def names(self) -> list[str]:
        """Returns the names of the columns; none of an empty file."""
        return [name or "" for name in next(self._by_line(RecordBytes(self)), (1, []))[1]]

    def content_hash(self) -> str:
        """Returns a hash of the bytes and of the dialect."""
        return f"{super().content_hash()} {self._dialect!r}"

    def _strict_or_by_line(
        self, content: RecordBytes, later: LaterEvidence, header: Row, chosen: Any, places: Sequence[int]
    ) -> Iterator[Records]:
        while (found := content.block())[0]:
            block, whole = found
            strict = parse_strictly(block, self._dialect.separator, len(header), places) if whole else None
            later.check(block, content.line, strict is not None)
            if strict is None or _header_again(strict, [header[place] or "" for place in places], len(header)):
                yield from self._with_care(content, content.place + len(block), header, chosen, places)
                continue
            lines = strict.lines + content.line
            for first in range(0, len(lines), MOST_RECORDS):
                columns = [TextColumn(column.slice(first, MOST_RECORDS)) for column in strict.columns]
                yield Records(chosen, lines[first : first + MOST_RECORDS].tolist(), columns)
            content.take(block)

    def _with_care(
        self, content: RecordBytes, end: int | None, header: Row, chosen: Any, places: Sequence[int]
    ) -> Iterator[Records]:
        """Reads records line by line, up to the one in which a place lies; None means up to the end of the file."""
        for begins, rows in self._blocks(content, end):
            self._check_widths(begins, rows, len(header))
            kept, again = _without_headers(begins, rows, header)
            yield Records(chosen, kept[0], [[row[place] for row in kept[1]] for place in places], again)

    def _blocks(self, content: RecordBytes, end: int | None) -> Iterator[tuple[list[int], list[Row]]]:
        """Yields blocks of line numbers and records."""
        begins, rows, pieces = list[int](), list[Row](), content.pieces
        for begin, row in self._by_line(content):
            begins.append(begin)
            rows.append(tuple(row))  # unlike lists, tuples of strings are soon ignored by the garbage collector
            ended = end is not None and content.place >= end
            if ended or len(rows) >= MOST_RECORDS or content.pieces - pieces > MOST_PIECES:
                yield begins, rows
                begins, rows, pieces = [], [], content.pieces
            if ended:
                return
        if rows:
            yield begins, rows

    def _by_line(self, content: RecordBytes) -> Iterator[tuple[int, Fields]]:
        """Yields the line on which each record begins, and its fields."""
        before = content.line - 1
        try:
            for line, fields in split(content.lines(), self._dialect):
                yield before + line, fields
        except BrokenRecord as error:
            raise self._broken(error, before + error.line) from error

    def _check_widths(self, lines: Sequence[int], rows: list[Row], width: int) -> None:
        if set(map(len, rows)) <= {width}:
            return
        line, row = next((line, row) for line, row in zip(lines, rows, strict=True) if len(row) != width)
        there = f"{len(row)}, {str(list(row[:5])):.80}"
        raise DataError(f"{where(self.name, line)}: {width} fields expected, as the header has. Received: {there}")

    def _broken(self, error: BrokenRecord, line: int) -> DataError:
        if "new-line" in str(error):
            return DataError(
                f"{where(self.name, line)}: a carriage return in the midst of a row; end rows with a line feed"
            )
        return DataError(
            f"{where(self.name, line)}: broken quoting ({error}). "
            "A field that begins with a quote mark must end with one, and quote "
            'marks in it are doubled: "say ""so"""; if quote marks are text here, say --dialect plain'
        )


def _without_headers(
    lines: list[int], rows: list[Row], header: Row
) -> tuple[tuple[list[int], list[Row]], Counter[str]]:
    """Takes out the rows that repeat the header, as where files were joined."""
    # Of a table of a single column a text may well be its name.
    marked = (f"{_MARK}{header[0]}", *header[1:])  # the byte order mark of a file that was joined to another
    if len(header) == 1 or (header not in rows and marked not in rows):
        return (lines, rows), Counter()
    kept = [place for place, row in enumerate(rows) if row not in (header, marked)]
    again = Counter({HEADER_AGAIN: len(rows) - len(kept)})
    return ([lines[place] for place in kept], [rows[place] for place in kept]), again


def _header_again(strict: StrictRecords, names: Sequence[str], width: int) -> bool:
    """Returns whether a record may repeat the header, judged by the chosen columns alone."""
    import pyarrow
    from pyarrow import compute

    if width == 1 or not names:
        return False
    again = [
        compute.is_in(column, pyarrow.array([name, f"{_MARK}{name}"]))
        for column, name in zip(strict.columns, names, strict=True)
    ]
    return bool(functools.reduce(compute.and_, again).true_count)
