"""Labelled rows, and more rows with labels that a model gave them."""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Batch, Encoded
from bert_keras.data.joined_batch import joined_batch


@dataclass(frozen=True)
class WeakRows:
    """Labelled rows, and more rows with labels that a model gave them, of one label a row.

    Attributes:
        labelled: The rows with labels of their own.
        others: The rows without.
        given: The index of the label that each of the others was given, `[rows]` int32.
    """

    labelled: Encoded
    others: Encoded
    given: np.ndarray

    def __len__(self) -> int:
        return len(self.labelled) + len(self.others)

    @property
    def name(self) -> str:
        """The display name of the source of the labelled rows."""
        return self.labelled.name

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the rows and their labels."""
        both = f"{self.labelled.fingerprint} {self.others.fingerprint}".encode()
        return hashlib.blake2b(both + self.given.astype(np.int32).tobytes(), digest_size=16).hexdigest()

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each row, `[rows]`."""
        return np.concatenate([self.labelled.lengths, self.others.lengths])

    @functools.cached_property
    def targets(self) -> np.ndarray:
        """The index of each row's label, its own or the given one, `[rows]` int32."""
        return np.concatenate([self.labelled.targets, self.given]).astype(np.int32)

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """How much each row counts, `[rows]` float32.

        A labelled row counts 1. The others of a label count together as much as its labelled rows, and none of them
        more than one, so that many easy rows neither outvote the labelled ones nor unbalance the labels.
        """
        own, others = (np.bincount(of, minlength=int(self.targets.max()) + 1) for of in self._labels)
        of_given = np.minimum(1.0, own / np.maximum(others, 1))[self.given]
        return np.concatenate([np.ones(len(self.labelled)), of_given]).astype(np.float32)

    @property
    def _labels(self) -> tuple[np.ndarray, np.ndarray]:
        return self.targets[: len(self.labelled)], self.given

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns some rows as a batch, padded to the longest of them; see `Encoded.batch`.

        Args:
            rows: The row indices, `[batch]`; those of rows without labels of their own come last.
        """
        rows = np.asarray(rows)
        inputs, _ = joined_batch([self.labelled, self.others], rows)
        return inputs, self.targets[rows]
