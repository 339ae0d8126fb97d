"""Conversion of rows to arrays, one block of some thousand rows at a time."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from bert_keras.data.arrow_columns import CodedColumn, text_array
from bert_keras.data.source import Block
from bert_keras.data.stored_targets import (
    LabelSetTargets,
    LabelTargets,
    NoTargets,
    NumberTargets,
    StoredTargets,
    sorted_labels,
)
from bert_keras.data.text_signs import text_signs
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.text import Packed, string_tensor

Arrays = dict[str, np.ndarray]

MOST_LABELS = 2**16
# Separates text and pair in the input of the hash; this byte does not occur in UTF-8.
_BETWEEN = b"\xff"
_BUCKETS = 2**63 - 1


def token_arrays(block: Block, pack: Callable[[Any], Packed]) -> Arrays:
    """Tokenizes and hashes rows.

    Args:
        block: The rows.
        pack: The function that converts texts, or a tuple (texts, pairs), to rows of token ids.

    Returns:
        The arrays `token_ids` (of all rows, concatenated), `lengths`, `hashes`, `lines`, `signs` and, for pairs,
        `first_lengths`; see `Encoded`.
    """
    texts, pairs = text_array(block.texts), None if block.pairs is None else text_array(block.pairs)
    ids, segments = pack(texts if pairs is None else (texts, pairs))
    lengths = ids.row_lengths().numpy()
    arrays = {
        "token_ids": ids.flat_values.numpy(),
        "lengths": lengths,
        "hashes": _hashes(texts, pairs),
        "lines": np.asarray(block.lines, np.int64),
        "signs": text_signs(texts),
    }
    if block.pairs is not None:
        seconds = np.add.reduceat(segments.flat_values.numpy(), np.cumsum(lengths) - lengths)
        arrays["first_lengths"] = lengths - seconds
        arrays["signs"] |= text_signs(pairs)
    return arrays


def _hashes(texts: Any, pairs: Any) -> np.ndarray:
    rows = string_tensor(texts)
    if pairs is not None:
        rows = tf.strings.join([rows, string_tensor(pairs)], _BETWEEN)
    return tf.strings.to_hash_bucket_fast(rows, _BUCKETS).numpy().view(np.uint64)


class TargetArrays(Protocol):
    """The conversion of a task's targets to arrays, block by block."""

    def arrays(self, block: Block, first_row: int, file: str) -> Arrays:
        """Converts the targets of the next block.

        Args:
            block: The rows.
            first_row: The number of rows in all earlier blocks.
            file: The name of the file that the rows are from.

        Returns:
            The arrays by name.

        Raises:
            DataError: There are too many different labels.
        """
        ...

    def labels(self) -> list[tuple[str, int]]:
        """Returns the labels of all blocks so far, each with its first row."""
        ...


class _NumberArrays:
    """The target arrays of regression, and of rows without targets."""

    def arrays(self, block: Block, first_row: int, file: str) -> Arrays:
        if block.targets is None:
            return {}
        if isinstance(block.targets, CodedColumn):
            targets = block.targets.recoded()
            return {"targets": np.asarray(targets.values, np.float32)[targets.codes]}
        return {"targets": np.asarray(block.targets, np.float32)}

    def labels(self) -> list[tuple[str, int]]:
        return []


class _LabelArrays:
    """The target arrays of single-label and multi-label classification.

    Args:
        several: Whether a row's target is a tuple of labels.
        known: The labels to include even if no row has them.
    """

    def __init__(self, several: bool, known: Sequence[str]) -> None:
        self._several = several
        self._numbers = _Numbers((name, number) for number, name in enumerate(dict.fromkeys(known)))
        self._first_rows = [0] * len(self._numbers)
        self._end = 0

    def arrays(self, block: Block, first_row: int, file: str) -> Arrays:
        counts, places = self._numbered(block.targets or [])
        rows = np.repeat(np.arange(len(counts)), counts)
        if len(self._numbers) > len(self._first_rows):
            numbers, first = np.unique(places, return_index=True)
            self._first_rows += (rows[first[numbers >= len(self._first_rows)]] + first_row).tolist()
        if len(self._numbers) > MOST_LABELS:
            line = block.lines[self._first_rows[MOST_LABELS] - first_row]
            raise DataError(
                f"{where(file, line)}: more than {MOST_LABELS:,} different labels; is it the right column of labels?"
            )
        if not self._several:
            return {"targets": places}
        ends = self._end + np.cumsum(counts)
        self._end = int(ends[-1])
        return {"targets": places, "target_ends": ends}

    def labels(self) -> list[tuple[str, int]]:
        return list(zip(self._numbers, self._first_rows, strict=True))

    def _numbered(self, targets: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the number of labels of each row, and the numbers of all these labels, concatenated."""
        if isinstance(targets, CodedColumn):
            coded = targets.recoded()
            counts, places = self._numbered(coded.values)
            begins, counts = (np.cumsum(counts) - counts)[coded.codes], counts[coded.codes]
            return counts, places[np.repeat(begins - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
        counts = np.array([len(target) for target in targets] if self._several else [1] * len(targets), np.int64)
        names = [name for target in targets for name in target] if self._several else targets
        return counts, np.fromiter(map(self._numbers.__getitem__, names), np.int64, len(names))


class _Numbers(dict[str, int]):
    """The numbers of names, from 0, in the order of their first look-up."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def target_arrays(task: str | None, known: Sequence[str]) -> TargetArrays:
    """Creates the target arrays of a task.

    Args:
        task: The task; None for rows without targets.
        known: The labels to include even if no row has them.

    Returns:
        The target arrays, still empty.
    """
    return _LabelArrays(task == "multi_label", known) if task in ("single_label", "multi_label") else _NumberArrays()


def stored_targets(task: str | None, rows: int, arrays: Arrays, labels: Sequence[tuple[str, int]]) -> StoredTargets:
    """Builds a task's targets from arrays.

    Args:
        task: The task; None for rows without targets.
        rows: The number of rows.
        arrays: The arrays of all blocks from `TargetArrays.arrays`, concatenated.
        labels: The result of `TargetArrays.labels` after the last block.

    Returns:
        The targets. The model's labels are initially those that occur, sorted.
    """
    names, first_rows = tuple(name for name, _ in labels), tuple(row for _, row in labels)
    if task == "single_label":
        return LabelTargets(arrays["targets"], names, first_rows, tuple(sorted_labels(names)))
    if task == "multi_label":
        return LabelSetTargets(arrays["targets"], arrays["target_ends"], names, first_rows, tuple(sorted_labels(names)))
    return NumberTargets(arrays["targets"]) if task == "regression" else NoTargets(rows)
