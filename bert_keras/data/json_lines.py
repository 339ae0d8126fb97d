"""JSON lines files: one object per line."""

import json
from collections.abc import Iterator
from typing import Any

from bert_keras.data.columns import Chosen
from bert_keras.data.records import MOST_PIECES, MOST_RECORDS, Choose, Records
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown, where
from bert_keras.files.text_file import TextFile

KINDS = (".jsonl", ".ndjson")


class JsonLinesFile(TextFile):
    """A JSON lines file; the columns are named by the keys of the first object."""

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Blank lines are skipped."""
        chosen: Chosen | None = None
        names: list[str] = []
        lines, values, pieces = [], [], 0
        for line, entry in self.objects():
            if chosen is None:
                chosen = choose(list(entry), where(self.name, line))
                names = list(chosen)
            lines.append(line)
            values.append(self._values(line, entry, names))
            if len(lines) >= MOST_RECORDS or self.pieces - pieces > MOST_PIECES:
                yield Records(chosen, lines, list(zip(*values, strict=True)))
                lines, values, pieces = [], [], self.pieces
        if chosen is None:
            raise DataError(
                f'{self.name}: the file is empty; expected a JSON object a line, e.g. {{"text": "…", "label": "…"}}'
            )
        if lines:
            yield Records(chosen, lines, list(zip(*values, strict=True)))

    def objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Reads the objects from the start.

        Yields:
            The line number of each object, from 1, and the object.

        Raises:
            DataError: The file cannot be read, or a line is not a JSON object; the message names the line.
        """
        for line, text in enumerate(self.lines(), 1):
            if text.strip():
                yield line, self._object(line, text)

    def _object(self, line: int, text: str) -> dict[str, Any]:
        try:
            entry = json.loads(text)
            if "\\ud" in text or "\\uD" in text:
                json.dumps(entry, ensure_ascii=False).encode()  # fails for half of a surrogate pair
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where(self.name, line)}: no valid JSON ({error}). Received: {shown(text)}") from error
        if not isinstance(entry, dict):
            raise DataError(f"{where(self.name, line)}: a JSON object expected. Received: {shown(text)}")
        return entry

    def _values(self, line: int, entry: dict[str, Any], names: list[str]) -> tuple[Any, ...]:
        try:
            return tuple([entry[name] for name in names])
        except KeyError as error:
            there = listed(list(entry)) or "nothing"
            raise DataError(
                f"{where(self.name, line)}: no key {error}, which the rows before have. Received: {there}"
            ) from error
