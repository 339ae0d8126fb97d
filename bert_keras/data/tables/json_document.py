"""Files of a single JSON value that holds rows."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bert_keras.data.json_lines import JsonObjects, check_surrogates
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown, shown_value, where

_BLANKS = " \t\r\n"


class JsonDocument(JsonObjects):
    """A list of objects, or an object of columns as pandas writes it; the file is read as a whole.

    These are read: `[{"text": …}, …]`, `{"data": [{"text": …}, …]}`, and of pandas' `to_json` the orientations
    "records", "table", "split", "columns" and "index".
    """

    format = "JSON"

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Reads the objects from the start; see `JsonObjects.objects`.

        A number stands for one object: those of a list that begin on one line, and those of other layouts, are counted.
        """
        text = self.text()
        if text.lstrip(_BLANKS)[:1] == "[":
            yield from self._listed(text)
        elif text.strip():
            yield from enumerate(self._rows(self._parsed(text)), 1)

    def content_hash(self) -> str:
        """Returns a hash of the file and of how its objects are numbered, for rows that are kept with their numbers."""
        return f"{super().content_hash()} numbered"

    def _listed(self, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
        decoder = json.JSONDecoder()
        place, line = _skip(text, text.index("[") + 1), 1
        counted = told = 0
        while not text.startswith("]", place):
            line += text.count("\n", counted, place)
            counted = place
            try:
                entry, place = decoder.raw_decode(text, place)
                check_surrogates(text[counted:place], entry)
            except (ValueError, RecursionError) as error:
                raise self._broken(line, error, text[counted : counted + 80]) from error
            if not isinstance(entry, dict):
                raise DataError(f"{where(self.name, line)}: a JSON object expected. Received: {shown_value(entry)}")
            told = max(line, told + 1)
            yield told, entry
            place = _skip(text, place)
            if text.startswith(",", place):
                place = _skip(text, place + 1)
            elif not text.startswith("]", place):
                raise self._broken(line, ValueError("',' or ']' expected"), text[place : place + 80])
        more = _skip(text, place + 1)
        if more < len(text):
            line += text.count("\n", counted, more)
            raise self._broken(line, ValueError("Extra data"), text[more : more + 80])

    def _parsed(self, text: str) -> Any:
        try:
            document = json.loads(text)
            check_surrogates(text, document)
        except (ValueError, RecursionError) as error:
            raise self._broken(getattr(error, "lineno", 1), error, text[getattr(error, "pos", 0) :]) from error
        return document

    def _rows(self, document: Any) -> Iterator[dict[str, Any]]:
        values = list(document.values()) if isinstance(document, dict) else []
        rows = document.get("data") if isinstance(document, dict) else None
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            yield from rows
        elif isinstance(rows, list) and isinstance(names := document.get("columns"), list):
            yield from (dict(zip(names, row, strict=True)) for row in rows if self._as_wide(row, names))
        elif values and all(isinstance(column, dict) for column in values):
            keys = dict.fromkeys(key for column in values for key in column)
            if _are_numbers(document) and not _are_numbers(keys):
                yield from values
            else:
                yield from ({name: column.get(key) for name, column in document.items()} for key in keys)
        elif values and all(isinstance(column, list) and len(column) == len(values[0]) for column in values):
            yield from (dict(zip(document, row, strict=True)) for row in zip(*values, strict=True))
        else:
            there = f"an object with {listed(list(document))}" if isinstance(document, dict) else shown_value(document)
            raise DataError(
                f"{self.name}: a list of objects expected, or a JSON object in each line. Received: {there}"
            )

    def _as_wide(self, row: Any, names: list[Any]) -> bool:
        if not isinstance(row, list) or len(row) != len(names):
            raise DataError(f"{self.name}: a list of {len(names)} values expected. Received: {shown_value(row)}")
        return True

    def _broken(self, line: int, error: Exception, rest: str) -> DataError:
        there = shown(rest) or "the end of the file; was it cut off?"
        return DataError(f"{where(self.name, line)}: no valid JSON ({error}). Received: {there}")


def _are_numbers(keys: Iterable[str]) -> bool:
    """Returns whether keys are the numbers of rows."""
    return all(key.isdecimal() for key in keys)


def _skip(text: str, place: int) -> int:
    """Returns the place of the next character that is not blank."""
    while place < len(text) and text[place] in _BLANKS:
        place += 1
    return place
