"""The rows of an annotation tool's export: answers that count, and one label where several people gave theirs."""

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

from bert_keras.data.annotations.tool import NOT_ANNOTATED, Answer, Entry, Tool
from bert_keras.data.annotations.tools import entries
from bert_keras.data.records import Choose, Part, Records
from bert_keras.data.targets import WrongValue
from bert_keras.errors import DataError
from bert_keras.files.messages import where

MERGED = "other answers on the same text"
NO_MAJORITY = "no majority among its annotators"


class _Row(NamedTuple):
    """An answer with the texts that it is about."""

    line: int
    texts: tuple[Any, ...]
    labels: tuple[Any, ...]


class AnnotationExport:
    """A file that an annotation tool exported.

    Args:
        part: The file.
        tool: The tool.
        annotators: What counts of several answers on one text: "majority", "all" or "first".

    Attributes:
        part: The file.
        name: The name of the file.
        format: The description of the format.
    """

    def __init__(self, part: Part, tool: Tool, annotators: str) -> None:
        self.part, self._tool, self._annotators = part, tool, annotators
        self.name = part.name
        self.format = f"an export of {tool.name} ({part.format})"

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. The file is read as a whole."""
        read = [(line, row) for line, entry in entries(self.part) for row in self._tool.rows(entry)]
        if not read:
            raise DataError(f"{self.name}: the file has no rows")
        rows = [row for _, row in read]
        chosen = choose(self._tool.columns(self.part.names(), rows[:1000]), where(self.name, read[0][0]))
        texts = [name for name in (chosen.text, chosen.pair) if name is not None]
        left_out = Counter[str]()
        groups: dict[Hashable, list[_Row]] = {}
        for place, (line, row) in enumerate(read):
            key = self._tool.key(row)
            for kept in self._kept(line, row, texts, chosen.labels, left_out):
                groups.setdefault((place, None) if key is None or self._annotators == "all" else key, []).append(kept)
        merged = [row for group in groups.values() for row in self._merged(group, left_out)]
        columns = list(zip(*((*row.texts, *row.labels) for row in merged), strict=True))
        yield Records(chosen, [row.line for row in merged], columns or [()] * len(list(chosen)), left_out)

    def names(self) -> list[str]:
        """Returns the names of the columns of the file."""
        return self.part.names()

    def content_hash(self) -> str:
        """Returns a hash of the file and of how it is read."""
        return f"{self.part.content_hash()} {self._tool.name} {self._annotators}"

    def stamp(self) -> object:
        """Returns the stamp of the file."""
        return self.part.stamp()

    def _kept(
        self, line: int, row: Entry, texts: Sequence[str], labels: Sequence[str], left_out: Counter[str]
    ) -> Iterator[_Row]:
        """Yields the answers of a row that count, or its text where no labels are read; the others are counted."""
        values = tuple(self._tool.text(row, name) for name in texts)
        if not labels:
            yield _Row(line, values, ())
            return
        try:
            answers: list[Answer] = list(self._tool.answers(row, labels[0]))
        except WrongValue as error:
            raise DataError(f"{where(self.name, line)}: {error}") from error
        if not answers:
            left_out[NOT_ANNOTATED] += 1
        for answer in answers:
            if answer.left_out is not None:
                left_out[answer.left_out] += 1
            else:
                several = tuple(row.get(name) for name in labels)
                yield _Row(line, values, (answer.value,) if len(labels) == 1 else several)

    def _merged(self, group: Sequence[_Row], left_out: Counter[str]) -> Iterator[_Row]:
        """Yields the row that counts of those about one text, if there is one."""
        if len(group) == 1 or self._annotators == "all":
            yield from group
            return
        first = group[0]
        if self._annotators == "majority" and first.labels:
            labels = _majority([row.labels[0] if len(row.labels) == 1 else row.labels for row in group])
            if labels is None:
                left_out[NO_MAJORITY] += len(group)
                return
            first = first._replace(labels=labels if len(first.labels) == 1 else tuple(labels[0]))
        left_out[f"{MERGED} ({self._annotators})"] += len(group) - 1
        yield first


def _majority(values: Sequence[Any]) -> tuple[Any] | None:
    """Returns what more than half of the people said, in a tuple; None if there is no such thing.

    Of several labels, each counts for itself.
    """
    if any(isinstance(value, list) and len(value) > 1 for value in values):
        sets = [value if isinstance(value, list) else [] if value is None else [value] for value in values]
        counts = Counter(
            json.dumps(name) for names in sets for name in {json.dumps(name): name for name in names}.values()
        )
        return ([json.loads(name) for name, count in counts.items() if count * 2 > len(values)],)
    told = Counter(json.dumps(value) for value in values)
    (most, count), *_ = told.most_common(1)
    return (json.loads(most),) if count * 2 > len(values) else None
