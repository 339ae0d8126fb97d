"""The rows of files and TFDS data sets, as a stream."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bert_keras.classification.task import check_task
from bert_keras.data import json_lines, tfds
from bert_keras.data.columns import Chosen, Columns, choose
from bert_keras.data.records import Part, Records
from bert_keras.data.tables import TableFile
from bert_keras.data.targets import Target, WrongValue, flags_of, label_of, labels_of, number_of, text_of
from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import TFDS_PREFIX, where
from bert_keras.files.patterns import expanded
from bert_keras.files.text_file import TextFile


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be used.

    Attributes:
        file: The file, or the TFDS data set with its split.
        line: The line it begins in, from 1; of a TFDS data set its number.
        text: The text.
        pair: The second text, or None where no column of them is read.
        target: The label's name, the names of the labels, or the number; None where no targets are read.
    """

    file: str
    line: int
    text: str
    pair: str | None
    target: Target | None


@dataclass(frozen=True, slots=True)
class Block:
    """Some thousand rows that can be used, column by column; `part` is the place of their file among the source's."""

    part: int
    lines: Sequence[int]
    texts: list[str]
    pairs: list[str] | None
    targets: list[Any] | None

    def __len__(self) -> int:
        return len(self.texts)


class Source:
    """Rows of one or more files or TFDS data sets, read anew each time it is iterated over; never more than a few MB in memory.

    Args:
        names: Files (.csv, .tsv, .tab, .jsonl, .ndjson, each also .gz; others are tables), patterns such as
            `train-*.csv`, and TFDS names such as `tfds:glue/sst2` or `tfds:glue/sst2:train[:10%]`; one or several.
        columns: Which columns to read. All files have those of the first.
        task: What to make of labels: "single_label", "multi_label" or "regression"; None reads none.
        default_split: The split of a TFDS name without one. For "validation" its "test" where there is none.

    Attributes:
        name: For people.
        columns: As given.
        task: As given.
        parts: The files and data sets.
        files: Their names, as in `Row.file`.
        rows_read: After an iteration to the end: rows read, those left out too.
        left_out: After an iteration to the end: how many rows were left out, by reason.

    Raises:
        DataError: No such file, data set or split.
        InputError: Settings that make no sense together.
    """

    def __init__(
        self,
        names: str | Sequence[str],
        columns: Columns = Columns(),  # noqa: B008
        task: str | None = None,
        default_split: str = "train",
    ) -> None:
        if task is not None:
            check_task(task)
        if task != "multi_label" and not isinstance(columns.label, str | None):
            raise InputError(
                f"several columns of labels are for rows with any number of labels. Received: {columns.label!r} for {task}"
            )
        names = [names] if isinstance(names, str | Path) else list(names)
        if not names:
            raise InputError("a source needs a file or a TFDS name. Received: none")
        self.columns, self.task = columns, task
        self.parts = [_part(file, default_split) for name in names for file in expanded(str(name))]
        self.files = tuple(part.name for part in self.parts)
        self.name = self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1:,} more"
        self.rows_read = 0
        self.left_out: dict[str, int] = {}

    def __iter__(self) -> Iterator[Row]:
        for block in self.blocks():
            file, nothing = self.files[block.part], [None] * len(block)
            yield from map(
                Row, [file] * len(block), block.lines, block.texts, block.pairs or nothing, block.targets or nothing
            )

    def blocks(self) -> Iterator[Block]:
        """Does as an iteration, some thousand rows at a time.

        Yields:
            The rows; a block's are of one file.

        Raises:
            DataError: A file that cannot be read as asked for; the message names file and line.
        """
        rows_read, left_out = 0, Counter[str]()
        columns = self.columns
        for place, part in enumerate(self.parts):
            for records in part.records(functools.partial(choose, columns, self.task)):
                columns = self._as_in(records.chosen)
                rows_read += len(records.lines)
                block = self._block(place, records, left_out)
                if block.texts:
                    yield block
        self.rows_read, self.left_out = rows_read, dict(left_out)
        if rows_read == left_out.total():
            raise DataError(
                f"{self.name}: no rows to use. Received: {rows_read:,} rows, left out: {dict(left_out) or 'none'}"
            )

    def _as_in(self, first: Chosen) -> Columns:
        """The columns that were chosen in the first file by name, for those that follow."""
        several = not isinstance(self.columns.label, str | None)
        label = None if not first.labels else first.labels if several else first.labels[0]
        return Columns(first.text, first.pair, label, self.columns.separator)

    def _block(self, place: int, records: Records, left_out: Counter[str]) -> Block:
        values = list(records.columns)
        texts = self._taken(place, records.lines, values.pop(0), text_of)
        pairs = None if records.chosen.pair is None else self._taken(place, records.lines, values.pop(0), text_of)
        targets = None if self.task is None else self._targets(place, records.lines, values, records.chosen)
        blank = [not text.strip() for text in texts]
        missing = [False] * len(texts) if targets is None else [target is None for target in targets]
        left_out.update({reason: count for reason, count in _reasons(blank, missing).items() if count})
        if not any(blank) and not any(missing):
            return Block(place, records.lines, texts, pairs, targets)
        kept = [row for row in range(len(texts)) if not blank[row] and not missing[row]]
        lines, texts, pairs, targets = (_only(kept, column) for column in (records.lines, texts, pairs, targets))
        return Block(place, lines, texts, pairs, targets)

    def _targets(self, place: int, lines: Sequence[int], columns: list[Sequence[Any]], chosen: Chosen) -> list[Any]:
        if self.task == "regression":
            return self._taken(place, lines, columns[0], number_of)
        if self.task == "single_label":
            return self._taken(place, lines, columns[0], label_of)
        if isinstance(self.columns.label, str | None):
            return self._taken(place, lines, columns[0], labels_of(self.columns.separator))
        return self._taken(place, lines, list(zip(*columns, strict=True)), flags_of(chosen.labels))

    def _taken(self, place: int, lines: Sequence[int], values: Sequence[Any], take: Callable[[Any], Any]) -> list[Any]:
        """Takes each value; says file and line of a wrong one."""
        taken: list[Any] = []
        try:
            for value in values:
                taken.append(take(value))
        except WrongValue as error:
            raise DataError(f"{where(self.files[place], lines[len(taken)])}: {error}") from error
        return taken


def _part(name: str, default_split: str) -> Part:
    if name.startswith(TFDS_PREFIX):
        return tfds.TfdsSplit(name, default_split)
    return json_lines.JsonLinesFile(name) if TextFile(name).kind in json_lines.KINDS else TableFile(name)


def _reasons(blank: list[bool], missing: list[bool]) -> dict[str, int]:
    """Rows to leave out by reason; one without text and label counts once."""
    texts = sum(blank)
    return {"empty text": texts, "empty label": sum(map(bool.__or__, blank, missing)) - texts}


def _only(rows: list[int], column: Sequence[Any] | None) -> Any:
    return None if column is None else [column[row] for row in rows]
