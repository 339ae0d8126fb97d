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
        counted = (
            np.bincount(self._own[self._of(rows)[1]], minlength=len(self.labels)) for rows in together(len(self))
        )
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


@dataclass(frozen=True)
class SpanTargets:
    """Where the answers stand in each window: none, one, or several that are all right.

    Attributes:
        spans: First and last column of all windows' answers, end to end, `[answers, 2]`.
        ends: Where each window's end in it, `[windows]` int64.
        draws: A number from 0 to 1 for each window, which draws one of its answers, `[windows]`; None takes the first.
    """

    spans: np.ndarray
    ends: np.ndarray
    draws: np.ndarray | None = None
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.ends)

    @functools.cached_property
    def answers(self) -> np.ndarray:
        """How many each window holds, `[windows]`."""
        return np.diff(self.ends, prepend=0)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the columns of one answer of each window, `[rows, 2]` int32; zeros, the place of `[CLS]`, where it holds none."""
        counts = self.answers[rows]
        chosen = 0 if self.draws is None else (self.draws[rows] * counts).astype(np.int64)
        places = np.where(counts > 0, self.ends[rows] - counts + chosen, 0)
        spans = self.spans[places] if len(self.spans) else np.zeros([len(rows), 2], np.int32)
        return np.where(counts[:, np.newaxis] > 0, spans, 0).astype(np.int32)

    def subset(self, rows: np.ndarray) -> Self:
        """Returns the targets of some windows."""
        counts = self.answers[rows]
        ends = np.cumsum(counts)
        places = np.repeat(self.ends[rows] - ends, counts) + np.arange(counts.sum())
        return dataclasses.replace(
            self, spans=self.spans[places], ends=ends, draws=None if self.draws is None else self.draws[rows]
        )

    def drawn(self, seed: int, epoch: int) -> Self:
        """Returns the same with answers drawn anew, where they are drawn at all."""
        if self.draws is None:
            return self
        return dataclasses.replace(self, draws=np.random.default_rng([seed, epoch]).random(len(self)))

    def with_labels(self, labels: Sequence[str]) -> Self:
        """Returns itself."""
        return self

    def counts(self) -> np.ndarray:
        """Returns nothing."""
        return np.zeros(0, np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns the columns of the first answer as one number."""
        first, last = dataclasses.replace(self, draws=None).take(rows).astype(np.uint64).T
        return (first << np.uint64(32)) | last


StoredTargets: TypeAlias = NoTargets | NumberTargets | LabelTargets | LabelSetTargets | SpanTargets


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
