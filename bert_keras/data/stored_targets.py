"""The targets of encoded rows, in the form of files and in that of a model with given labels."""

import dataclasses
import functools
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bert_keras.data.labels.spellings import Spellings
from bert_keras.errors import InputError

_TOGETHER = 2**20  # rows
_MIX = np.uint64(0x9E3779B97F4A7C15)


class StoredTargets(ABC):
    """The targets of encoded rows.

    Attributes:
        names: The labels that occur, in the order of their first rows; empty if the targets are not labels.
        first_rows: The first row of each of these labels.
    """

    names: tuple[str, ...]
    first_rows: tuple[int, ...]

    @abstractmethod
    def __len__(self) -> int:
        """Returns the number of rows."""

    @abstractmethod
    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the targets of some rows, as the model takes them."""

    @abstractmethod
    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns a number for each row that is equal for equal targets, `[rows]` uint64."""

    def with_labels(self, labels: Sequence[str], merge: bool = False) -> Self:
        """Returns the targets for a model with the given labels; unchanged if the targets are not labels.

        Args:
            labels: The labels of the model.
            merge: Whether names that look alike are one label; see `labels.spellings`.
        """
        return self

    def name_counts(self) -> dict[str, int]:
        """Counts the rows of each of `names`."""
        return {}

    def counts(self) -> np.ndarray:
        """Counts the rows of each of the model's labels, `[labels]` int64; empty if the targets are not labels."""
        return np.zeros(0, np.int64)


@dataclass(frozen=True)
class NoTargets(StoredTargets):
    """Rows without targets.

    Attributes:
        rows: The number of rows.
    """

    rows: int
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return self.rows

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns zeros, `[rows]` int32."""
        return np.zeros(len(rows), np.int32)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns zeros, `[rows]` uint64."""
        return np.zeros(len(rows), np.uint64)

    def with_labels(self, labels: Sequence[str], merge: bool = False) -> Self:
        """Raises an error: a model would learn that every row has the first label.

        Raises:
            InputError: Always.
        """
        raise InputError(
            "the rows were read without labels; name the task when they are read, as in Source(…, task='single_label')"
        )


@dataclass(frozen=True)
class NumberTargets(StoredTargets):
    """A number for each row.

    Attributes:
        numbers: The numbers, `[rows]` float32.
    """

    numbers: np.ndarray
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the numbers, `[rows]` float32."""
        return self.numbers[rows]

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns the bits of the numbers, `[rows]` uint64."""
        return self.numbers[rows].view(np.uint32).astype(np.uint64)


class _Labelled(StoredTargets):
    """Targets that are labels of a model."""

    places: np.ndarray
    labels: tuple[str, ...]
    merge: bool

    @functools.cached_property
    def _own(self) -> np.ndarray:
        """The index of each of `names` in the model's labels, `[names]` int32; -1 if it is not among them."""
        spellings, places = (
            Spellings(self.labels, self.merge),
            {label: place for place, label in enumerate(self.labels)},
        )
        return np.array([places.get(spellings.label(name) or "", -1) for name in self.names], np.int32)

    def with_labels(self, labels: Sequence[str], merge: bool = False) -> Self:
        """Returns the targets for a model with the given labels; see `StoredTargets.with_labels`."""
        return dataclasses.replace(self, labels=tuple(labels), merge=merge)  # type: ignore[type-var]

    def name_counts(self) -> dict[str, int]:
        """Counts the rows of each of `names`."""
        counted = sum(np.bincount(self.places[part], minlength=len(self.names)) for part in together(len(self.places)))
        return dict(zip(self.names, np.broadcast_to(counted, len(self.names)).tolist(), strict=True))


@dataclass(frozen=True)
class LabelTargets(_Labelled):
    """A label for each row.

    Attributes:
        places: The index of each row's label in `names`, `[rows]`.
        labels: The labels of the model.
        merge: Whether names that look alike are one label.
    """

    places: np.ndarray
    names: tuple[str, ...]
    first_rows: tuple[int, ...]
    labels: tuple[str, ...]
    merge: bool = False

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the index of each row's label in the model's labels, `[rows]` int32."""
        return self._own[self.places[rows]]

    def counts(self) -> np.ndarray:
        """Counts the rows of each of the model's labels, `[labels]` int64."""
        counted = sum(np.bincount(self.take(rows), minlength=len(self.labels)) for rows in together(len(self)))
        return np.asarray(counted, np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns the indices of the labels, `[rows]` uint64."""
        return self.take(rows).astype(np.uint64)


@dataclass(frozen=True)
class LabelSetTargets(_Labelled):
    """Any number of labels for each row.

    Attributes:
        places: The indices in `names` of the labels of all rows, concatenated.
        ends: The end of each row's labels in `places`, `[rows]`.
        labels: The labels of the model.
        merge: Whether names that look alike are one label.
    """

    places: np.ndarray
    ends: np.ndarray
    names: tuple[str, ...]
    first_rows: tuple[int, ...]
    labels: tuple[str, ...]
    merge: bool = False

    def __len__(self) -> int:
        return len(self.ends)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns 1 for the labels of each row and 0 for the others, `[rows, labels]` float32."""
        targets = np.zeros([len(rows), len(self.labels)], np.float32)
        counts, places = self._of(rows)
        targets[np.repeat(np.arange(len(rows)), counts), self._own[places]] = 1
        return targets

    def counts(self) -> np.ndarray:
        """Counts the rows of each of the model's labels, `[labels]` int64."""
        counted = (
            np.bincount(self._own[self._of(rows)[1]], minlength=len(self.labels)) for rows in together(len(self))
        )
        return np.asarray(sum(counted), np.int64)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns a hash of each row's set of labels, `[rows]` uint64."""
        counts, places = self._of(rows)
        mixed = (self._own[places].astype(np.uint64) + np.uint64(1)) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX
        # A sum, so that the order of the labels does not matter; it may overflow.
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
        ends = np.cumsum(counts)
        return sums[ends] - sums[ends - counts]

    def _of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the number of labels of each given row, and the indices of all their labels, concatenated."""
        ends = self.ends[rows].astype(np.int64)
        begins = np.where(rows > 0, self.ends[np.maximum(rows - 1, 0)], 0)
        counts = ends - begins
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return counts, self.places[np.repeat(begins, counts) + within]


@dataclass(frozen=True)
class SpanTargets(StoredTargets):
    """The spans of the answers in each window: none, one, or several that are all correct.

    Attributes:
        spans: The first and last column of the answers of all windows, concatenated, `[answers, 2]`.
        ends: The end of each window's answers in `spans`, `[windows]` int64.
        draws: A number from 0 to 1 (exclusive) per window that selects one of its answers, `[windows]`; None selects
            the first.
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
        """The number of answers in each window, `[windows]`."""
        return np.diff(self.ends, prepend=0)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the columns of one answer per window, `[rows, 2]` int32; without an answer zeros (`[CLS]`)."""
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
        """Returns the targets with answers drawn anew for an epoch; unchanged if the first answer is used."""
        if self.draws is None:
            return self
        return dataclasses.replace(self, draws=np.random.default_rng([seed, epoch]).random(len(self)))

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns the columns of the first answer, combined to one number, `[rows]` uint64."""
        first, last = dataclasses.replace(self, draws=None).take(rows).astype(np.uint64).T
        return (first << np.uint64(32)) | last


@dataclass(frozen=True)
class TagTargets(StoredTargets):
    """A tag for some tokens of each row: the first ones of words.

    Attributes:
        tags: The index of each token's tag, of all rows, concatenated, `[tokens]`; -1 for a token without one.
        ends: The end of each row's tokens in `tags`, `[rows]` int64.
    """

    tags: np.ndarray
    ends: np.ndarray
    names: tuple[str, ...] = ()
    first_rows: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.ends)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the tags of some rows, `[rows, tokens]` int32, padded with -1 to the longest of them."""
        begins, ends = (self._edges(rows, side)[:, np.newaxis] for side in (0, 1))
        within = begins + np.arange((ends - begins).max(initial=0))
        there = within < ends
        return np.where(there, self.tags[np.where(there, within, 0)], -1).astype(np.int32)

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """Returns a hash of the tags of each row, `[rows]` uint64."""
        parts = zip(self._edges(rows, 0).tolist(), self._edges(rows, 1).tolist(), strict=True)
        tags = self.tags.astype(np.int32)
        return np.array([zlib.crc32(tags[begin:end].tobytes()) for begin, end in parts], np.uint64)

    def _edges(self, rows: np.ndarray, side: int) -> np.ndarray:
        """Returns the begin (0) or the end (1) of rows in `tags`."""
        return self.ends[rows] if side else np.where(rows > 0, self.ends[np.maximum(rows - 1, 0)], 0)


def sorted_labels(names: Sequence[str]) -> list[str]:
    """Returns the labels sorted; if all are whole numbers, by value."""
    names = sorted(names)
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def together(rows: int) -> Iterator[np.ndarray]:
    """Yields the indices of all rows, about a million at a time."""
    for first in range(0, rows, _TOGETHER):
        yield np.arange(first, min(first + _TOGETHER, rows))
