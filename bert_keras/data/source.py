"""Streaming of the rows of files and TFDS data sets."""

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
    """A valid row.

    Attributes:
        file: The file, or the TFDS data set with its split.
        line: The line on which the row begins, from 1; in a TFDS data set the row number.
        text: The text.
        pair: The second text; None if no second texts are read.
        target: The label name, the label names, or the number; None if no targets are read.
    """

    file: str
    line: int
    text: str
    pair: str | None
    target: Target | None


@dataclass(frozen=True, slots=True)
class Block:
    """A block of valid rows of one file, column by column; see `Row`.

    Attributes:
        part: The index of the file in the source.
        lines: The line on which each row begins.
        texts: The texts.
        pairs: The second texts; None if no second texts are read.
        targets: The targets; None if no targets are read.
    """

    part: int
    lines: Sequence[int]
    texts: list[str]
    pairs: list[str] | None
    targets: list[Any] | None

    def __len__(self) -> int:
        return len(self.texts)


class Source:
    """The rows of one or more files or TFDS data sets, streamed in each iteration with a few MB in memory.

    Args:
        names: One or more files (.csv, .tsv, .tab, .jsonl, .ndjson, each also .gz; others are read as tables), patterns
            such as `train-*.csv`, and TFDS names such as `tfds:glue/sst2` or `tfds:glue/sst2:train[:10%]`.
        columns: The columns to read. Those that are found in the first file are read from all files.
        task: The task that the labels are for: "single_label", "multi_label" or "regression"; None reads no labels.
        default_split: The split of a TFDS name without one; for "validation", "test" where that does not exist.

    Attributes:
        name: The display name.
        columns: The `columns` argument.
        task: The `task` argument.
        parts: The files and data sets.
        files: The names of the files and data sets, as in `Row.file`.
        rows_read: The number of rows in the last complete iteration, including those left out.
        left_out: The number of rows left out in the last complete iteration, by reason.

    Raises:
        DataError: A file, data set or split does not exist.
        InputError: Invalid or conflicting arguments.
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
                "several columns of labels are for rows with any number of labels. "
                f"Received: {columns.label!r} for {task}"
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
        self._chosen: Chosen | None = None

    @property
    def chosen(self) -> Chosen:
        """The columns that are read, as they are named in the first file, whose beginning is read for it.

        Raises:
            DataError: The file cannot be read, or lacks a column; the message names file and line.
        """
        if self._chosen is None:
            choosing = functools.partial(choose, self.columns, self.task)
            heads = (records.chosen for part in self.parts for records in part.records(choosing))
            self._chosen = next(heads, None)
        if self._chosen is None:
            raise DataError(f"{self.name}: no rows to use. Received: no rows")
        return self._chosen

    def __iter__(self) -> Iterator[Row]:
        for block in self.blocks():
            file, nothing = self.files[block.part], [None] * len(block)
            yield from map(
                Row, [file] * len(block), block.lines, block.texts, block.pairs or nothing, block.targets or nothing
            )

    def blocks(self) -> Iterator[Block]:
        """Reads the rows in blocks of some thousand.

        Yields:
            The blocks, each of rows of one file.

        Raises:
            DataError: The data are invalid, or no rows are left; the message names file and line.
        """
        rows_read, left_out = 0, Counter[str]()
        columns = self.columns
        for place, part in enumerate(self.parts):
            for records in part.records(functools.partial(choose, columns, self.task)):
                self._chosen = self._chosen or records.chosen
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
        """Returns the columns of the first file by name, to read the same from the following files."""
        several = not isinstance(self.columns.label, str | None)
        label = None if not first.labels else first.labels if several else first.labels[0]
        return Columns(first.text, first.pair, label, self.columns.separator, pairs=first.pair is not None)

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
        """Converts each value; an error names file and line."""
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
    """Returns the number of rows to leave out by reason; a row without text and label counts once."""
    texts = sum(blank)
    return {"empty text": texts, "empty label": sum(map(bool.__or__, blank, missing)) - texts}


def _only(rows: list[int], column: Sequence[Any] | None) -> Any:
    return None if column is None else [column[row] for row in rows]
