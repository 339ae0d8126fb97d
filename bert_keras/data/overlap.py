"""Rows that are there twice, or in training and in evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import together

_AT_A_TIME = 2**22  # rows that are sorted in memory


@dataclass(frozen=True)
class Overlap:
    """What a split's rows have in common, by text and pair; the first such row is given with file and line.

    Attributes:
        duplicates: Rows whose text stands in the split before.
        first_duplicate: The first of them.
        contradictions: Rows whose text stands in the split before with another target.
        first_contradiction: The first of them.
        in_train: Rows whose text stands in the training data; 0 for these themselves.
        first_in_train: The first of them.
    """

    duplicates: int
    first_duplicate: tuple[str, int] | None
    contradictions: int
    first_contradiction: tuple[str, int] | None
    in_train: int
    first_in_train: tuple[str, int] | None


class _Found:
    """Counts rows, and keeps the first."""

    def __init__(self) -> None:
        self.count = 0
        self.first: int | None = None

    def add(self, rows: np.ndarray) -> None:
        self.count += len(rows)
        if len(rows):
            first = int(rows.min())
            self.first = first if self.first is None else min(first, self.first)


def find_overlaps(splits: Mapping[str, Encoded], train: str = "train") -> dict[str, Overlap]:
    """Looks for rows that are there more than once. Their 64-bit hashes are compared; memory stays flat.

    Args:
        splits: The rows by split.
        train: The split to compare the others with.

    Returns:
        What was found, by split.
    """
    return {
        name: _overlap(rows, splits[train] if train in splits and name != train else None)
        for name, rows in splits.items()
    }


def _overlap(split: Encoded, train: Encoded | None) -> Overlap:
    duplicates, contradictions, in_train = _Found(), _Found(), _Found()
    shares = max(1, -(-max(len(split), len(train or ())) // _AT_A_TIME))
    for share in range(shares):
        rows = _share(split, share, shares)
        hashes = split.hashes[rows]
        # The rows of one hash stand together in file order, the first one leading.
        rows, hashes = (column[np.argsort(hashes, kind="stable")] for column in (rows, hashes))
        leads = np.append(True, hashes[1:] != hashes[:-1])[: len(rows)]
        duplicates.add(rows[~leads])
        keys = split.stored_targets.keys(rows)
        first_keys = keys[leads][np.cumsum(leads) - 1]
        contradictions.add(rows[keys != first_keys])
        if train is not None:
            in_train.add(rows[np.isin(hashes, train.hashes[_share(train, share, shares)])])
    first = (
        None if found.first is None else split.places(found.first) for found in (duplicates, contradictions, in_train)
    )
    return Overlap(duplicates.count, next(first), contradictions.count, next(first), in_train.count, next(first))


def _share(split: Encoded, share: int, shares: int) -> np.ndarray:
    """The rows whose hashes fall in one of so many shares."""
    if shares == 1:
        return np.arange(len(split))
    return np.concatenate([rows[split.hashes[rows] % np.uint64(shares) == share] for rows in together(len(split))])
