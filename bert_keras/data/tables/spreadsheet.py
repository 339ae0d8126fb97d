"""Spreadsheets: xlsx and its kin."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bert_keras.data.records import MOST_RECORDS, Choose, Records
from bert_keras.data.tables.delimited import HEADER_AGAIN
from bert_keras.errors import DataError
from bert_keras.files.identity import sha256_of, stamp_of
from bert_keras.files.messages import where

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class SpreadsheetFile:
    """The first sheet with anything in it of a spreadsheet, whose first row names the columns.

    Args:
        path: The path of the file.

    Attributes:
        name: The path as a string.
        format: The description of the format, with the sheet.

    Raises:
        DataError: The file is no spreadsheet, or is empty.
    """

    def __init__(self, path: str | Path) -> None:
        self.name, self._path = str(path), Path(path)
        self._sheet, self._others = self._filled()
        beside = f"; not read: {', '.join(self._others)}" if self._others else ""
        self.format = f"a spreadsheet, sheet {self._sheet!r}{beside}"

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Rows have their numbers in the sheet."""
        filled = [(line, row) for line, row in enumerate(self._rows(self._sheet), 1) if any(map(_filled, row))]
        first, header = filled[0]
        there = [str(name) for name in header]
        chosen = choose([name for name in there if name.strip()], where(self.name, first))
        places = [there.index(name) for name in chosen]
        # Of a table of a single column a text may well be its name.
        rows = [each for each in filled[1:] if each[1] != header or sum(map(_filled, header)) == 1]
        again = len(filled) - 1 - len(rows)
        if again:
            yield Records(chosen, [], [()] * len(places), {HEADER_AGAIN: again})
        for begin in range(0, len(rows), MOST_RECORDS):
            block = rows[begin : begin + MOST_RECORDS]
            columns = [[_value(row[place]) for _, row in block] for place in places]
            yield Records(chosen, [line for line, _ in block], columns)

    def names(self) -> list[str]:
        """Returns the names of the columns."""
        header = next(row for row in self._rows(self._sheet) if any(map(_filled, row)))
        return [str(name) for name in header if str(name).strip()]

    def content_hash(self) -> str:
        """Returns a hash of the bytes."""
        return f"spreadsheet {sha256_of(self._path)}"

    def stamp(self) -> object:
        """Returns the file's size and modification time."""
        return stamp_of(self._path)

    def _filled(self) -> tuple[str, list[str]]:
        """Returns the first sheet that is not empty, and the others that are not."""
        names = [name for name in self._workbook.sheet_names if any(any(map(_filled, row)) for row in self._rows(name))]
        if not names:
            raise DataError(f"{self.name}: the spreadsheet is empty; its first row must name the columns")
        return names[0], names[1:]

    @functools.cached_property
    def _workbook(self) -> Any:
        import python_calamine

        with self._broken_told():
            return python_calamine.load_workbook(str(self._path))

    def _rows(self, sheet: str) -> list[list[Any]]:
        """Returns the rows from the first of the sheet, so that they count as the user sees them."""
        workbook = self._workbook
        with self._broken_told():
            return workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)

    @contextlib.contextmanager
    def _broken_told(self) -> Iterator[None]:
        import python_calamine

        try:
            yield
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{self.name}: a broken spreadsheet ({reason:.200}); save it again, or as csv") from error


def _filled(value: Any) -> bool:
    return not isinstance(value, str) or bool(value.strip())


def _value(value: Any) -> Any:
    if isinstance(value, str | bool | int | float):
        return value if value != "" else None
    return str(value)  # a date or a time
