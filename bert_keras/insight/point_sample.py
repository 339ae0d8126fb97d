"""A uniform sample of bounded size from a stream of points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class PointSample:
    """A sample of the points with the smallest random keys (Efraimidis and Spirakis 2006, with equal weights).

    Keys are drawn before vectors are computed, so that nothing is computed for a point that is not kept.

    Args:
        most: The maximum number of points to keep.
        seed: The random seed of the keys.

    Attributes:
        seen: The number of points so far.
        columns: The values of the kept points by column, in the order of their arrival.
    """

    def __init__(self, most: int, seed: int) -> None:
        self._most, self._chance = most, np.random.default_rng(seed)
        self._keys = np.empty(0)
        self._vectors: np.ndarray | None = None
        self.seen = 0
        self.columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return 0 if self._vectors is None else len(self._vectors)

    @property
    def vectors(self) -> np.ndarray:
        """The vectors of the kept points, `[points, …]`."""
        assert self._vectors is not None
        return self._vectors

    def choose(self, count: int) -> np.ndarray:
        """Draws keys for new points and drops the kept points that they displace; `add` must follow.

        Args:
            count: The number of new points.

        Returns:
            The indices of the new points to keep, `[chosen]`.
        """
        keys = self._chance.random(count)
        self.seen += count
        both = np.concatenate([self._keys, keys])
        last = np.partition(both, self._most - 1)[self._most - 1] if len(both) > self._most else np.inf
        stay = np.flatnonzero(self._keys <= last)
        if self._vectors is not None and len(stay) < len(self._keys):
            self._vectors = self._vectors[stay]
            self.columns = {name: [values[place] for place in stay.tolist()] for name, values in self.columns.items()}
        chosen = np.flatnonzero(keys <= last)
        self._keys = np.concatenate([self._keys[stay], keys[chosen]])
        return chosen

    def add(self, vectors: np.ndarray, columns: Mapping[str, Sequence[Any]]) -> None:
        """Adds the chosen points.

        Args:
            vectors: The vectors of the chosen points, `[chosen, …]`.
            columns: The values of the chosen points by column, each `[chosen]`; the same columns each time.
        """
        self._vectors = vectors if self._vectors is None else np.concatenate([self._vectors, vectors])
        for name, values in columns.items():
            self.columns.setdefault(name, []).extend(values)
