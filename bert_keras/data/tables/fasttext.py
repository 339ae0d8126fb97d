"""Lines of fastText: labels that begin with `__label__`, and a text."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from bert_keras.data.records import MOST_RECORDS, Choose, Records
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.files.text_file import LONGEST_LINE, TextFile

_LABEL = re.compile(r"(?<!\S)__label__(\S*)\s?")
FIRST_LABEL = re.compile(r'\s*"?(?:\S+\s+)*?__label__')
"""Matches a line with a label; doccano puts quote marks around a line with a comma."""


class FastTextFile(TextFile):
    """A file with a text and its labels in each line; as fastText has it, a label may stand anywhere in the line."""

    format = "lines of fastText"

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Blank lines are skipped."""
        chosen = choose(self.names(), where(self.name, 1))
        lines: list[int] = []
        values: list[tuple[Any, ...]] = []
        for line, text in self._texts():
            lines.append(line)
            entry = {"text": _LABEL.sub("", text).strip(), "label": [name for name in _LABEL.findall(text) if name]}
            values.append(tuple(entry[name] for name in chosen))
            if len(lines) >= MOST_RECORDS:
                yield Records(chosen, lines, list(zip(*values, strict=True)))
                lines, values = [], []
        if lines:
            yield Records(chosen, lines, list(zip(*values, strict=True)))

    def names(self) -> list[str]:
        """Returns the names of the columns."""
        return ["text", "label"]

    def _texts(self) -> Iterator[tuple[int, str]]:
        """Yields the text of each line; lines in quote marks are read as csv."""
        csv.field_size_limit(LONGEST_LINE)
        lines = enumerate(self.lines(), 1)
        for number, line in lines:
            if not line.startswith('"__label__'):
                if line.strip():
                    yield number, line.rstrip("\r\n")
                continue
            parts = [line]
            while sum(part.count('"') for part in parts) % 2:
                part = next(lines, None)
                if part is None:
                    raise DataError(
                        f"{where(self.name, number)}: a quote mark that is not closed. Received: {line!r:.80}"
                    )
                parts.append(part[1])
            (fields,) = csv.reader(["".join(parts).rstrip("\r\n")], delimiter="\0")
            yield number, fields[0]
