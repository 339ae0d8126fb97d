"""Rows as token ids, in arrays that may be mapped from disk, and batches of them padded to their own longest row."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.data.stored_targets import SpanTargets, StoredTargets, sorted_labels
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, where

Batch = tuple[dict[str, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Encoded:
    """Packed rows, end to end.

    Attributes:
        name: Of their source, for people.
        files: The names of its files and data sets.
        task: What the targets are: "single_label", "multi_label", "regression" or "spans"; None without.
        fingerprint: A hash of all that decides about the rows: contents and settings.
        rows_read: Rows of the source, those left out too.
        left_out: How many rows were left out, by reason.
        token_ids: Of all rows, `[tokens]` uint16 or int32.
        begins: Place of each row's first token, `[rows]` int64.
        lengths: Tokens of each row, `[rows]`.
        first_lengths: Those of them that belong to the first text, with segment id 0, `[rows]`.
        hashes: Of text and pair, `[rows]` uint64.
        lines: The line each row begins in, `[rows]`.
        first_of_files: The first row of each file.
        stored_targets: The targets.
    """

    name: str
    files: tuple[str, ...]
    task: str | None
    fingerprint: str
    rows_read: int
    left_out: dict[str, int]
    token_ids: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    first_lengths: np.ndarray
    hashes: np.ndarray
    lines: np.ndarray
    first_of_files: tuple[int, ...]
    stored_targets: StoredTargets

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def targets(self) -> np.ndarray:
        """Of all rows, as `batch` has them. Takes memory: of a file larger than memory, ask for those of a batch."""
        return self.stored_targets.take(np.arange(len(self)))

    def batch(self, rows: np.ndarray) -> Batch:
        """Pads some rows.

        Args:
            rows: Which, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, as wide as the longest row, and
            the
            targets: the place of the label `[batch]` int32, 1 or 0 for each label `[batch, labels]` float32, or a
            number `[batch]` float32, or first and last column of an answer `[batch, 2]` int32; zeros int32 where there
            are none. Padding has token id 0, which attention never sees.
        """
        lengths = self.lengths[rows, np.newaxis]
        within = np.arange(int(lengths.max()))
        mask = within < lengths
        places = np.where(mask, self.begins[rows, np.newaxis] + within, 0)
        inputs = {
            "token_ids": np.where(mask, self.token_ids[places], 0).astype(np.int32),
            "segment_ids": (mask & (within >= self.first_lengths[rows, np.newaxis])).astype(np.int32),
            "padding_mask": mask.astype(np.int32),
        }
        return inputs, self.stored_targets.take(rows)

    def in_epoch(self, seed: int, epoch: int) -> "Encoded":
        """Gives the rows as an epoch learns them: the same, unless targets are drawn anew in each.

        Args:
            seed: Of the training.
            epoch: From 0.

        Returns:
            The rows.
        """
        stored = self.stored_targets
        return (
            dataclasses.replace(self, stored_targets=stored.drawn(seed, epoch))
            if isinstance(stored, SpanTargets)
            else self
        )

    def places(self, row: int) -> tuple[str, int]:
        """Says where a row comes from.

        Args:
            row: Which.

        Returns:
            The file and the line, as in `Row`.
        """
        file = int(np.searchsorted(self.first_of_files, row, side="right")) - 1
        return self.files[file], int(self.lines[row])

    def label_names(self) -> list[str]:
        """Lists the labels to train on.

        Returns:
            Their names, sorted; whole numbers by value. None for regression.

        Raises:
            DataError: Fewer than two; where a row may have any number of labels, fewer than one.
        """
        names = sorted_labels(self.stored_targets.names)
        fewest = {"single_label": 2, "multi_label": 1}.get(self.task or "", 0)
        if len(names) < fewest:
            least = "two different labels are" if fewest == 2 else "one label is"
            raise DataError(f"{self.name}: at least {least} needed to train. Received: {listed(names) or 'none'}")
        return names

    def label_counts(self) -> np.ndarray:
        """Counts the rows of each label.

        Returns:
            `[labels]` int64, in the order of the labels.
        """
        return self.stored_targets.counts()

    def with_labels(self, labels: Sequence[str]) -> "Encoded":
        """Gives the targets as a model with these labels learns them.

        Args:
            labels: Of the model.

        Returns:
            The same rows; for regression as they are.

        Raises:
            DataError: A label that is not among them; the message names the first row with one.
        """
        stored = self.stored_targets
        known = set(labels)
        for name, row in zip(stored.names, stored.first_rows, strict=True):
            if name not in known:
                place = where(*self.places(row))
                raise DataError(f"{place}: label {name!r:.80} does not occur in training. Known: {listed(labels)}")
        return dataclasses.replace(self, stored_targets=stored.with_labels(labels))
