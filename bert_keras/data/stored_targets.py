"""The targets of encoded rows, and the same as a model of given labels learns them.

Each kind has `names`, the labels that occur in the order of their first rows, and `first_rows`; none for numbers.
"""

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np

_TOGETHER = 2**20  # rows
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class NoTargets:
    """Rows without targets."""

    rows: int
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return self.rows

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns zeros `[rows]` int32."""
        return np.zeros(len(rows), np.int32)

    def with_labels(self, labels: Sequence[str]) -> Self:
        """Returns itself."""
        return self

    def counts(self) -> np.ndarray:
        """Returns nothing."""
        return np.zeros(0, np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns zeros."""
        return np.zeros(len(rows), np.uint64)


@dataclass(frozen=True)
class NumberTargets:
    """A number for each row, `[rows]` float32."""

    numbers: np.ndarray
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the numbers, `[rows]` float32."""
        return self.numbers[rows]

    def with_labels(self, labels: Sequence[str]) -> Self:
        """Returns itself."""
        return self

    def counts(self) -> np.ndarray:
        """Returns nothing."""
        return np.zeros(0, np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns their bits."""
        return self.numbers[rows].view(np.uint32).astype(np.uint64)


@dataclass(frozen=True)
class LabelTargets:
    """A label for each row.

    Attributes:
        places: Of each row's label in `names`, `[rows]`.
        names: Of the labels that occur.
        first_rows: The first row of each.
        labels: Those of the model.
    """

    places: np.ndarray
    names: tuple[str, ...]
    first_rows: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.places)

    @functools.cached_property
    def _own(self) -> np.ndarray:
        return _places_in(self.labels, self.names)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the place of each row's label among the model's, `[rows]` int32."""
        return self._own[self.places[rows]]

    def with_labels(self, labels: Sequence[str]) -> Self:
        """Returns the same with other labels."""
        return dataclasses.replace(self, labels=tuple(labels))

    def counts(self) -> np.ndarray:
        """Counts the rows of each label, `[labels]` int64."""
        counted = sum(np.bincount(self.take(rows), minlength=len(self.labels)) for rows in together(len(self)))
        return np.asarray(counted, np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns the places."""
        return self.places[rows].astype(np.uint64)


@dataclass(frozen=True)
class LabelSetTargets:
    """Any number of labels for each row.

    Attributes:
        places: Of all rows' labels in `names`, end to end.
        ends: Where each row's end in it, `[rows]` int64.
        names: Of the labels that occur.
        first_rows: The first row of each.
        labels: Those of the model.
    """

    places: np.ndarray
    ends: np.ndarray
    names: tuple[str, ...]
    first_rows: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ends)

    @functools.cached_property
    def _own(self) -> np.ndarray:
        return _places_in(self.labels, self.names)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns 1 for the labels of each row and 0 for the others, `[rows, labels]` float32."""
        targets = np.zeros([len(rows), len(self.labels)], np.float32)
        counts, places = self._of(rows)
        targets[np.repeat(np.arange(len(rows)), counts), self._own[places]] = 1
        return targets

    def with_labels(self, labels: Sequence[str]) -> Self:
        """Returns the same with other labels."""
        return dataclasses.replace(self, labels=tuple(labels))

    def counts(self) -> np.ndarray:
        """Counts the rows of each label, `[labels]` int64."""
        counted = (np.bincount(self._own[self._of(rows)[1]], minlength=len(self.labels)) for rows in together(len(self)))
        return np.asarray(sum(counted), np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns a hash of each row's set of labels."""
        counts, places = self._of(rows)
        mixed = (places.astype(np.uint64) + np.uint64(1)) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX
        # Sums do not ask for an order; they wrap around.
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
        ends = np.cumsum(counts)
        return sums[ends] - sums[ends - counts]

    def _of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many labels each of some rows has, and all their places end to end."""
        ends = self.ends[rows].astype(np.int64)
        begins = np.where(rows > 0, self.ends[np.maximum(rows - 1, 0)], 0)
        counts = ends - begins
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return counts, self.places[np.repeat(begins, counts) + within]


StoredTargets: TypeAlias = NoTargets | NumberTargets | LabelTargets | LabelSetTargets


def sorted_labels(names: Sequence[str]) -> list[str]:
    """Sorts labels; whole numbers by value."""
    names = sorted(names)
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def together(rows: int) -> Iterator[np.ndarray]:
    """Yields all rows, about a million at a time."""
    for first in range(0, rows, _TOGETHER):
        yield np.arange(first, min(first + _TOGETHER, rows))


def _places_in(labels: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """The place of each name among the labels, `[names]` int32; -1 where it is none."""
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places.get(name, -1) for name in names], np.int32)
