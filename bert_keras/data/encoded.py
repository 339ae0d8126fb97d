"""Tokenized rows in arrays that may be memory-mapped, and padded batches of them."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bert_keras.data.labels.spellings import Spellings, distinct
from bert_keras.data.stored_targets import SpanTargets, StoredTargets, sorted_labels
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, where

Batch = tuple[dict[str, np.ndarray], np.ndarray]
"""The inputs of a model, each `[batch, tokens]` int32, and the targets."""


@dataclass(frozen=True)
class Encoded:
    """Packed rows of token ids, concatenated, with their targets.

    Attributes:
        name: The display name of the source.
        files: The names of the source's files and data sets.
        task: The kind of targets: "single_label", "multi_label", "regression" or "spans"; None means no targets.
        fingerprint: A hash of everything that determines the rows: contents and settings.
        rows_read: The number of rows in the source, including those left out.
        left_out: The number of rows left out, by reason.
        token_ids: The token ids of all rows, `[tokens]` uint16 or int32.
        begins: The index of each row's first token in `token_ids`, `[rows]`.
        lengths: The number of tokens of each row, `[rows]`.
        first_lengths: The number of tokens with segment id 0 in each row (the first text), `[rows]`.
        hashes: The hash of text and pair of each row, `[rows]` uint64.
        lines: The line on which each row begins, `[rows]`.
        first_of_files: The first row of each file.
        stored_targets: The targets.
        signs: What text or pair of each row look like, the bits of `text_signs`, `[rows]` uint8; empty for windows of
            documents.
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
    signs: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def targets(self) -> np.ndarray:
        """The targets of all rows in one array, in the form that `batch` returns; for large data, use `batch`."""
        return self.stored_targets.take(np.arange(len(self)))

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns some rows as a batch, padded to the longest of them.

        Args:
            rows: The row indices, `[batch]`.

        Returns:
            The inputs `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, and the targets: the
            label index `[batch]` int32, 1 or 0 for each label `[batch, labels]` float32, a number `[batch]` float32,
            the first and last column of an answer `[batch, 2]` int32, or the tag of each token `[batch, tokens]` int32;
            without targets zeros `[batch]` int32. Padding has token id 0, which the mask hides from attention.
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
        """Returns the rows for an epoch: the same, unless the targets are drawn anew in each epoch.

        Args:
            seed: The random seed of the training.
            epoch: The index of the epoch, from 0.

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
        """Returns the origin of a row.

        Args:
            row: The index of the row.

        Returns:
            The file and the line, as in `Row`.
        """
        file = int(np.searchsorted(self.first_of_files, row, side="right")) - 1
        return self.files[file], int(self.lines[row])

    def label_names(self, merge: bool = False) -> list[str]:
        """Returns the labels that occur, to train on.

        Args:
            merge: Whether names that look alike are one label; see `labels.spellings`.

        Returns:
            The label names, sorted; if all are whole numbers, by value. Empty for regression.

        Raises:
            DataError: There are fewer than two labels, or for multi-label data none.
        """
        names = sorted_labels(distinct(self.name_counts(), merge))
        fewest = {"single_label": 2, "multi_label": 1}.get(self.task or "", 0)
        if len(names) < fewest:
            least = "two different labels are" if fewest == 2 else "one label is"
            raise DataError(f"{self.name}: at least {least} needed to train. Received: {listed(names) or 'none'}")
        return names

    def name_counts(self) -> dict[str, int]:
        """Counts the rows of each name of a label, as the files spell it.

        Returns:
            The numbers of rows, in the order of the first rows. Empty for regression.
        """
        return self.stored_targets.name_counts()

    def label_counts(self) -> np.ndarray:
        """Counts the rows of each label.

        Returns:
            `[labels]` int64, in the order of the labels.
        """
        return self.stored_targets.counts()

    def with_labels(self, labels: Sequence[str], merge: bool = False) -> "Encoded":
        """Returns the rows with targets for a model with the given labels.

        Args:
            labels: The labels of the model.
            merge: Whether names that look alike are one label; see `labels.spellings`.

        Returns:
            The rows; for regression unchanged.

        Raises:
            DataError: A row has a label that is not among them; the message names the first row with it.
        """
        stored, spellings = self.stored_targets, Spellings(labels, merge)
        for name, row in zip(stored.names, stored.first_rows, strict=True):
            if spellings.label(name) is None:
                place = where(*self.places(row))
                raise DataError(f"{place}: label {name!r:.80} does not occur in training. Known: {listed(labels)}")
        return dataclasses.replace(self, stored_targets=stored.with_labels(labels, merge))
