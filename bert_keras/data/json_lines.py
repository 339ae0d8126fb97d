"""JSON lines files: one object per line."""

import itertools
import json
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from bert_keras.data.records import MOST_PIECES, MOST_RECORDS, Choose, Records
from bert_keras.errors import DataError
from bert_keras.files.messages import shown, where
from bert_keras.files.text_file import TextFile

KINDS = (".jsonl", ".ndjson")
_FIRST = 1000  # objects that tell which keys there are


class JsonObjects(TextFile):
    """A file of JSON objects; the columns are the keys of the first thousand.

    Attributes:
        format: The description of the format.
    """

    format = "JSON lines"

    @abstractmethod
    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Reads the objects from the start.

        Yields:
            The line on which each object begins, from 1, and the object.

        Raises:
            DataError: The file cannot be read, or holds something else; the message names the line.
        """

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. A key that an object lacks is null."""
        objects = self.objects()
        first = self._first(objects)
        if not first:
            raise DataError(
                f'{self.name}: the file is empty; expected a JSON object a line, e.g. {{"text": "…", "label": "…"}}'
            )
        chosen = choose(_keys(first), where(self.name, first[0][0]))
        names = list(chosen)
        lines, values, pieces = [], [], 0
        for place, (line, entry) in enumerate(itertools.chain(first, objects), 1):
            lines.append(line)
            values.append(tuple(map(entry.get, names)))
            if place >= len(first) and (len(lines) >= MOST_RECORDS or self.pieces - pieces > MOST_PIECES):
                yield Records(chosen, lines, list(zip(*values, strict=True)))
                lines, values, pieces = [], [], self.pieces
        if lines:
            yield Records(chosen, lines, list(zip(*values, strict=True)))

    def names(self) -> list[str]:
        """Returns the keys of the first thousand objects."""
        return _keys(self._first(self.objects()))

    def _first(self, objects: Iterator[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
        """Takes the objects that tell which keys there are; fewer where they are long, so as not to fill the memory."""
        first: list[tuple[int, dict[str, Any]]] = []
        for each in objects:
            first.append(each)
            if len(first) >= _FIRST or self.pieces > MOST_PIECES:
                break
        return first


class JsonLinesFile(JsonObjects):
    """A JSON lines file; blank lines are skipped."""

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Reads the objects from the start; see `JsonObjects.objects`."""
        for line, text in enumerate(self.lines(), 1):
            if text.strip():
                yield line, self._object(line, text)

    def _object(self, line: int, text: str) -> dict[str, Any]:
        try:
            entry = json.loads(text)
            check_surrogates(text, entry)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where(self.name, line)}: no valid JSON ({error}). Received: {shown(text)}") from error
        if not isinstance(entry, dict):
            raise DataError(f"{where(self.name, line)}: a JSON object expected. Received: {shown(text)}")
        return entry


def check_surrogates(text: str, value: Any) -> None:
    """Checks that strings in JSON can be encoded.

    Args:
        text: The JSON.
        value: The value that it was parsed to.

    Raises:
        UnicodeEncodeError: A string has half of a surrogate pair.
    """
    if "\\ud" in text or "\\uD" in text:
        json.dumps(value, ensure_ascii=False).encode()


def _keys(objects: list[tuple[int, dict[str, Any]]]) -> list[str]:
    return list(dict.fromkeys(key for _, entry in objects for key in entry))
