"""Some rows of an encoded split, as a split of their own."""

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import SpanTargets, StoredTargets


@dataclass(frozen=True)
class SomeTargets(StoredTargets):
    """The targets of some rows of a split.

    Attributes:
        whole: The targets of the split.
        rows: The indices of the rows, `[rows]`.
    """

    whole: StoredTargets
    rows: np.ndarray
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the targets of some of the rows, as the model takes them."""
        return self.whole.take(self.rows[rows])

    def counts(self) -> np.ndarray:
        """Counts the rows of each of the model's labels, `[labels]` int64; empty if the targets are not labels."""
        labels = len(self.whole.counts())
        if not labels:
            return np.zeros(0, np.int64)
        targets = self.take(np.arange(len(self))).astype(np.int64)
        return targets.sum(axis=0) if targets.ndim == 2 else np.bincount(targets, minlength=labels)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns a number for each of some rows that is equal for equal targets, `[rows]` uint64."""
        return self.whole.keys(self.rows[rows])

    def with_labels(self, labels: object, merge: bool = False) -> Self:
        """Raises an error, since the labels are those of the whole split."""
        raise TypeError("the labels of some rows are those of their split")


def subset(encoded: Encoded, rows: np.ndarray) -> Encoded:
    """Returns some rows of a split, whose labels have been set; their tokens stay where they are.

    Args:
        encoded: The split.
        rows: The indices of the rows, in ascending order.

    Returns:
        The rows, with a fingerprint of their own.
    """
    chosen, targets = np.asarray(rows, np.int64), encoded.stored_targets
    digest = hashlib.blake2b(encoded.fingerprint.encode() + chosen.tobytes(), digest_size=16)
    return dataclasses.replace(
        encoded,
        fingerprint=digest.hexdigest(),
        begins=encoded.begins[chosen],
        lengths=encoded.lengths[chosen],
        first_lengths=encoded.first_lengths[chosen],
        hashes=encoded.hashes[chosen],
        lines=encoded.lines[chosen],
        first_of_files=tuple(np.searchsorted(chosen, encoded.first_of_files).tolist()),
        stored_targets=targets.subset(chosen) if isinstance(targets, SpanTargets) else SomeTargets(targets, chosen),
        signs=encoded.signs[chosen] if len(encoded.signs) else encoded.signs,
    )
