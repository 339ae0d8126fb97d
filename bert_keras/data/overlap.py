"""Detection of duplicate rows within a split, and of rows that are also in the training split."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import together

_AT_A_TIME = 2**22  # rows to sort in memory at once


@dataclass(frozen=True)
class Overlap:
    """The rows of a split whose text and pair occur more than once; the first row of each kind by file and line.

    Attributes:
        duplicates: The number of rows whose text occurs earlier in the split.
        first_duplicate: The first of these rows; None if there are none.
        contradictions: The number of rows whose target differs from that of the text's first occurrence in the split.
        first_contradiction: The first of these rows; None if there are none.
        in_train: The number of rows whose text occurs in the training split; 0 for the training split itself.
        first_in_train: The first of these rows; None if there are none.
        most_frequent: The number of rows with the most frequent text, 1 if all differ.
        first_most_frequent: The first of these rows.
    """

    duplicates: int
    first_duplicate: tuple[str, int] | None
    contradictions: int
    first_contradiction: tuple[str, int] | None
    in_train: int
    first_in_train: tuple[str, int] | None
    most_frequent: int
    first_most_frequent: tuple[str, int] | None


class _Found:
    """A count of rows, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.first: int | None = None

    def add(self, rows: np.ndarray) -> None:
        self.count += len(rows)
        if len(rows):
            first = int(rows.min())
            self.first = first if self.first is None else min(first, self.first)


def find_overlaps(splits: Mapping[str, Encoded], train: str = "train") -> dict[str, Overlap]:
    """Finds duplicate rows by their 64-bit hashes, with constant memory use.

    Args:
        splits: The rows of each split by its name.
        train: The name of the training split, with which the others are compared.

    Returns:
        The overlaps by split.
    """
    return {
        name: _overlap(rows, splits[train] if train in splits and name != train else None)
        for name, rows in splits.items()
    }


def _overlap(split: Encoded, train: Encoded | None) -> Overlap:
    duplicates, contradictions, in_train = _Found(), _Found(), _Found()
    most, first_of_most = 0, 0
    shares = max(1, -(-max(len(split), len(train or ())) // _AT_A_TIME))
    for share in range(shares):
        rows = _share(split, share, shares)
        hashes = split.hashes[rows]
        # Rows of equal hash become adjacent, in file order.
        rows, hashes = (column[np.argsort(hashes, kind="stable")] for column in (rows, hashes))
        leads = np.append(True, hashes[1:] != hashes[:-1])[: len(rows)]
        begins = np.flatnonzero(leads)
        counts = np.diff(begins, append=len(rows))
        # Of texts that are equally frequent, the one that comes first.
        here = int(counts.max(initial=0))
        first_here = int(rows[begins[counts == here]].min(initial=len(split)))
        if (here, -first_here) > (most, -first_of_most):
            most, first_of_most = here, first_here
        duplicates.add(rows[~leads])
        keys = split.stored_targets.keys(rows)
        first_keys = keys[leads][np.cumsum(leads) - 1]
        contradictions.add(rows[keys != first_keys])
        if train is not None:
            in_train.add(rows[np.isin(hashes, train.hashes[_share(train, share, shares)])])
    first = (
        None if found.first is None else split.places(found.first) for found in (duplicates, contradictions, in_train)
    )
    return Overlap(
        duplicates.count,
        next(first),
        contradictions.count,
        next(first),
        in_train.count,
        next(first),
        most,
        split.places(first_of_most) if most else None,
    )


def _share(split: Encoded, share: int, shares: int) -> np.ndarray:
    """Returns the rows whose hashes belong to one of `shares` parts."""
    if shares == 1:
        return np.arange(len(split))
    return np.concatenate([rows[split.hashes[rows] % np.uint64(shares) == share] for rows in together(len(split))])
