"""Rows with what a teacher says about them, for the training of a smaller model."""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Batch, Encoded
from bert_keras.data.joined_batch import joined_batch


@dataclass(frozen=True)
class TaughtRows:
    """Rows with the outputs of a teacher, which are found by the number of the row.

    Attributes:
        labelled: The rows with labels or numbers of their own.
        taught: The outputs of the teacher for the labelled rows, and for the others if there are any; each `[rows,
            outputs]` float32, which may be memory-mapped.
        order: Which of these outputs a batch has, in the order that the model wants, `[outputs]`.
        taught_by: A hash of everything that determines the teacher's outputs.
        layers: The layers of the model, from 1, after which its states are compared with the teacher's, whose states
            are the last of its outputs.
        unlabelled: Further rows, which only the teacher says something about.
    """

    labelled: Encoded
    taught: tuple[np.ndarray, ...]
    order: np.ndarray
    taught_by: str
    layers: tuple[int, ...] = ()
    unlabelled: Encoded | None = None

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._parts)

    @property
    def _parts(self) -> list[Encoded]:
        return [self.labelled] if self.unlabelled is None else [self.labelled, self.unlabelled]

    @property
    def name(self) -> str:
        """The display name of the source of the labelled rows."""
        return self.labelled.name

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the rows, without the teacher's outputs."""
        if self.unlabelled is None:
            return self.labelled.fingerprint
        both = f"{self.labelled.fingerprint} {self.unlabelled.fingerprint}"
        return hashlib.blake2b(both.encode(), digest_size=16).hexdigest()

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each row, `[rows]`."""
        lengths = [rows.lengths for rows in self._parts]
        return lengths[0] if len(lengths) == 1 else np.concatenate(lengths)

    def in_epoch(self, seed: int, epoch: int) -> "TaughtRows":
        """Returns the rows for an epoch, which are always the same."""
        return self

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns some rows as a batch, padded to the longest of them.

        Args:
            rows: The row indices, `[batch]`; those of unlabelled rows come after those of labelled ones.

        Returns:
            The inputs as `Encoded.batch` returns them, and the targets `[batch, numbers]` float32: those of the row
            itself (the index of the label, 1 or 0 for each label, or a number; of unlabelled rows zeros), then 1 for a
            labelled row and 0 for another, then the outputs of the teacher.
        """
        rows = np.asarray(rows)
        inputs, shares = joined_batch(self._parts, rows)
        targets = np.zeros([len(rows), self._own_width + 1 + len(self.order)], np.float32)
        for part, places, some, own in shares:
            if part == 0:
                targets[places, : self._own_width] = own.reshape(len(some), -1)
                targets[places, self._own_width] = 1
            targets[places, self._own_width + 1 :] = self.taught[part][some][:, self.order]
        return inputs, targets

    @functools.cached_property
    def _own_width(self) -> int:
        """The number of targets that a row has of its own."""
        targets = self.labelled.batch(np.array([0]))[1]
        return 1 if targets.ndim == 1 else int(targets.shape[1])
