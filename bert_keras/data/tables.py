"""Tables in text files: csv and tsv files with a header line."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from bert_keras.data.records import MOST_PIECES, MOST_RECORDS, Choose, Records
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.files.text_file import LONGEST_LINE, TextFile

_TAB_KINDS = (".tsv", ".tab")


class TableFile(TextFile):
    """A csv or tsv file whose first line names the columns; fields may be quoted as in csv.

    The file name extension decides the separator; with another extension, a tab in the header means tsv.
    """

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Blank lines are skipped."""
        source, separator = self._lines_and_separator()
        blocks = self._blocks(csv.reader(source, delimiter=separator, strict=True))
        lines, rows = next(blocks)
        if not rows or not any(rows[0]):
            raise DataError(
                f"{self.name}: the file is empty; its first line must name the columns, e.g. text and label"
            )
        header = rows[0]
        chosen = choose(header, where(self.name, lines[0]))
        places = [header.index(name) for name in chosen]
        for begins, records in chain([(lines[1:], rows[1:])], blocks):
            self._check_widths(begins, records, len(header))
            yield Records(chosen, begins, [[row[place] for row in records] for place in places])

    def _lines_and_separator(self) -> tuple[Iterator[str], str]:
        lines = self.lines()
        if self.kind in (*_TAB_KINDS, ".csv"):
            return lines, "\t" if self.kind in _TAB_KINDS else ","
        blank: list[str] = []
        for line in lines:
            if line.strip():
                return chain(blank, [line], lines), "\t" if "\t" in line else ","
            blank.append(line)
        return iter(blank), ","

    def _blocks(self, reader: Any) -> Iterator[tuple[list[int], list[tuple[str, ...]]]]:
        """Yields blocks of line numbers and records; at least one block, which may be empty."""
        # Without the limit, an unclosed quote mark would read the rest of the file into memory.
        csv.field_size_limit(LONGEST_LINE)
        begins, rows, begin, pieces = [], [], 1, self.pieces
        try:
            for row in reader:
                if row:
                    begins.append(begin)
                    rows.append(tuple(row))  # unlike lists, tuples of strings are soon ignored by the garbage collector
                begin = reader.line_num + 1
                if len(rows) >= MOST_RECORDS or self.pieces - pieces > MOST_PIECES:
                    yield begins, rows
                    begins, rows, pieces = [], [], self.pieces
        except csv.Error as error:
            raise self._broken(begin, error) from error
        yield begins, rows

    def _check_widths(self, lines: Sequence[int], rows: list[tuple[str, ...]], width: int) -> None:
        if set(map(len, rows)) <= {width}:
            return
        line, row = next((line, row) for line, row in zip(lines, rows, strict=True) if len(row) != width)
        there = f"{len(row)}, {str(list(row[:5])):.80}"
        raise DataError(f"{where(self.name, line)}: {width} fields expected, as the header has. Received: {there}")

    def _broken(self, line: int, error: csv.Error) -> DataError:
        if "new-line" in str(error):
            return DataError(
                f"{where(self.name, line)}: a carriage return in the midst of a row; end rows with a line feed"
            )
        return DataError(
            f"{where(self.name, line)}: broken quoting ({error}). "
            "A field that begins with a quote mark must end with one, and quote "
            'marks in it are doubled: "say ""so"""'
        )
