"""Streaming of the rows of files and TFDS data sets."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.classification.task import check_task
from bert_keras.data.arrow_columns import CodedColumn, TextColumn
from bert_keras.data.columns import Chosen, Columns, choose
from bert_keras.data.corrections import DROPPED, Applied, Corrections
from bert_keras.data.labels.spellings import Spellings
from bert_keras.data.records import Records
from bert_keras.data.tables.formats import parts_of
from bert_keras.data.tables.reading import Reading
from bert_keras.data.targets import Flags, Target, Targets, WrongValue, targets_of, text_of
from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import where


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
    texts: Sequence[str]
    pairs: Sequence[str] | None
    targets: Sequence[Any] | None

    def __len__(self) -> int:
        return len(self.texts)


class Source:
    """The rows of one or more files or TFDS data sets, streamed in each iteration with a few MB in memory.

    Args:
        names: One or more files, patterns such as `train-*.csv`, folders of parts or of a saved data set, and TFDS
            names such as `tfds:glue/sst2` or `tfds:glue/sst2:train[:10%]`. The content of a file tells its format: csv
            and its kin, JSON lines, JSON lists, Parquet, Arrow, Feather, spreadsheets, lines of fastText, exports of
            annotation tools; text files may be gzipped.
        columns: The columns to read. Those that are found in the first file are read from all files.
        task: The task that the labels are for: "single_label", "multi_label" or "regression"; None reads no labels.
        default_split: The split of a TFDS name or a saved data set without one; for "validation", "test" where that
            does not exist.
        reading: How files are read where their contents leave a choice.
        corrections: Labels to correct, and rows to leave out; for "single_label".

    Attributes:
        name: The display name.
        columns: The `columns` argument.
        task: The `task` argument.
        reading: The `reading` argument.
        corrections: The `corrections` argument.
        parts: The files and data sets.
        files: The names of the files and data sets, as in `Row.file`.
        rows_read: The number of rows in the last complete iteration, including those left out.
        left_out: The number of rows left out in the last complete iteration, by reason.
        spellings: The labels that names in the files stand for, in `Row.target`; None leaves the names as they are.

    Raises:
        DataError: A file, data set or split does not exist, or it is in doubt how to read a file.
        InputError: Invalid or conflicting arguments.
    """

    def __init__(
        self,
        names: str | Sequence[str],
        columns: Columns = Columns(),  # noqa: B008
        task: str | None = None,
        default_split: str = "train",
        reading: Reading = Reading(),  # noqa: B008
        corrections: Corrections | None = None,
    ) -> None:
        if task is not None:
            check_task(task)
        if corrections is not None and task != "single_label":
            raise InputError(f"corrections are for rows with one label each. Received: {corrections.name} for {task}")
        if task != "multi_label" and not isinstance(columns.label, str | None):
            raise InputError(
                "several columns of labels are for rows with any number of labels. "
                f"Received: {columns.label!r} for {task}"
            )
        names = [names] if isinstance(names, str | Path) else list(names)
        if not names:
            raise InputError("a source needs a file or a TFDS name. Received: none")
        self.columns, self.task, self.reading, self.corrections = columns, task, reading, corrections
        self.parts = [part for name in names for part in parts_of(str(name), default_split, reading)]
        self.files = tuple(part.name for part in self.parts)
        self.name = self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1:,} more"
        self.rows_read = 0
        self.left_out: dict[str, int] = {}
        self.spellings: Spellings | None = None
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
            targets = nothing if block.targets is None else map(self._spelled, block.targets)
            yield from map(Row, [file] * len(block), block.lines, block.texts, block.pairs or nothing, targets)

    def blocks(self) -> Iterator[Block]:
        """Reads the rows in blocks of some thousand.

        Yields:
            The blocks, each of rows of one file.

        Raises:
            DataError: The data are invalid, or no rows are left; the message names file and line.
        """
        rows_read, left_out = 0, Counter[str]()
        columns, targets = self.columns, targets_of(self.task, self.columns)
        applied = None if self.corrections is None else self.corrections.applied_to(self.files)
        for place, part in enumerate(self.parts):
            for records in part.records(functools.partial(choose, columns, self.task)):
                self._chosen = self._chosen or records.chosen
                columns = self._as_in(records.chosen)
                rows_read += len(records.lines) + sum(records.left_out.values())
                left_out.update(records.left_out)
                block = self._block(place, records, targets, left_out)
                if applied is not None:
                    block = _corrected(block, applied, left_out)
                if len(block):
                    yield block
        if applied is not None:
            applied.check_end()
        self.rows_read, self.left_out = rows_read, dict(left_out)
        if rows_read == left_out.total():
            raise DataError(
                f"{self.name}: no rows to use. Received: {rows_read:,} rows, left out: {dict(left_out) or 'none'}"
            )

    def _as_in(self, first: Chosen) -> Columns:
        """Returns the columns of the first file by name, to read the same from the following files."""
        several = not isinstance(self.columns.label, str | None)
        label = None if not first.labels else first.labels if several else first.labels[0]
        return dataclasses.replace(
            self.columns, text=first.text, pair=first.pair, label=label, pairs=first.pair is not None
        )

    def _block(self, place: int, records: Records, targets: Targets | None, left_out: Counter[str]) -> Block:
        lines, values = records.lines, list(records.columns)
        texts = self._texts(place, lines, values.pop(0))
        pairs = None if records.chosen.pair is None else self._texts(place, lines, values.pop(0))
        values = [value.coded() if isinstance(value, TextColumn) else value for value in values]
        found = None if targets is None else self._targets(place, lines, values, targets)
        blank, missing = _blank(texts), _missing(found, len(texts))
        left_out.update(_reasons(blank, missing, values))
        return _kept(~(blank | missing), Block(place, lines, texts, pairs, found))

    def _texts(self, place: int, lines: Sequence[int], values: Sequence[Any]) -> Sequence[str]:
        if isinstance(values, TextColumn):
            return values.texts()
        return self._taken(place, lines.__getitem__, values, text_of)

    def _targets(
        self, place: int, lines: Sequence[int], columns: Sequence[Sequence[Any]], targets: Targets
    ) -> Sequence[Any]:
        values = list(zip(*columns, strict=True)) if isinstance(targets, Flags) else columns[0]
        # What a survey finds does not depend on how often a value is there.
        distinct = values.values if isinstance(values, CodedColumn) else values
        try:
            targets.survey(distinct)
        except WrongValue as error:
            raise DataError(f"{self.files[place]}: {error}") from error
        if not isinstance(values, CodedColumn):
            return self._taken(place, lines.__getitem__, values, targets.take)
        coded = values
        taken = self._taken(place, lambda code: lines[coded.first_row(code)], distinct, targets.take)
        return CodedColumn(taken, coded.codes)

    def _spelled(self, target: Target) -> Target:
        if self.spellings is None or isinstance(target, float):
            return target
        if isinstance(target, str):
            return self.spellings.label(target) or target
        return tuple(dict.fromkeys(self.spellings.label(name) or name for name in target))

    def _taken(
        self, place: int, line_of: Callable[[int], int], values: Sequence[Any], take: Callable[[Any], Any]
    ) -> list[Any]:
        """Converts each value; an error names file and line."""
        taken: list[Any] = []
        try:
            for value in values:
                taken.append(take(value))
        except WrongValue as error:
            raise DataError(f"{where(self.files[place], line_of(len(taken)))}: {error}") from error
        return taken


def _corrected(block: Block, applied: Applied, left_out: Counter[str]) -> Block:
    """Returns a block with its corrections, and counts the rows that they drop."""
    targets, kept = applied.change(block.part, block.lines, block.texts, block.pairs, block.targets or [])
    left_out.update({DROPPED: dropped} if (dropped := int((~kept).sum())) else {})
    return _kept(kept, dataclasses.replace(block, targets=targets))


def _kept(kept: np.ndarray, block: Block) -> Block:
    """Returns the rows of a block that are kept, given by `[rows]` bool."""
    if kept.all():
        return block
    rows = np.flatnonzero(kept)
    columns = (block.lines, block.texts, block.pairs, block.targets)
    return Block(block.part, *(_only(rows, column) for column in columns))


def _blank(texts: Sequence[str]) -> np.ndarray:
    return texts.blank() if isinstance(texts, TextColumn) else np.array([not text.strip() for text in texts], bool)


def _missing(found: Sequence[Any] | None, rows: int) -> np.ndarray:
    """Returns whether the label of each row is missing."""
    if found is None:
        return np.zeros(rows, bool)
    if isinstance(found, CodedColumn):
        return _missing(found.values, len(found.values))[found.codes]
    return np.array([target is None for target in found], bool)


def _reasons(blank: np.ndarray, missing: np.ndarray, labels: Sequence[Sequence[Any]]) -> Counter[str]:
    """Returns the number of rows to leave out by reason; a row without text and label counts once."""
    reasons = Counter({"empty text": int(blank.sum())} if blank.any() else {})
    for mark in _only(np.flatnonzero(missing & ~blank), labels[0] if labels else None) or ():
        # A mark such as "NULL" is named, so that somebody whose label it is notices.
        reasons[f"label {mark.strip()!r}" if isinstance(mark, str) and mark.strip() else "empty label"] += 1
    return reasons


def _only(rows: np.ndarray, column: Sequence[Any] | None) -> Any:
    if isinstance(column, TextColumn | CodedColumn):
        return column.only(rows)
    return None if column is None else [column[row] for row in rows.tolist()]
