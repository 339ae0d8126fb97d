"""A sample of points that stream by, of bounded size, in which each point is as likely as any other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class PointSample:
    """Gives each point a random key and keeps those with the smallest (Efraimidis and Spirakis 2006, with equal weights).

    Keys are drawn before vectors are computed, so that nothing is computed for a point that cannot stay.

    Args:
        most: Points to keep at most.
        seed: Of the keys.

    Attributes:
        seen: Points so far.
        columns: Values of the points that are kept, in the order in which they came.
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
        """The vectors of the points that are kept, `[points, …]`."""
        assert self._vectors is not None
        return self._vectors

    def choose(self, count: int) -> np.ndarray:
        """Draws keys for some more points and lets go those kept that are in their way; `add` must follow.

        Args:
            count: How many points there are.

        Returns:
            The places of those that are kept now, `[chosen]`.
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
        """Keeps the points that were chosen.

        Args:
            vectors: `[chosen, …]`.
            columns: Their values, each `[chosen]`; the same columns each time.
        """
        self._vectors = vectors if self._vectors is None else np.concatenate([self._vectors, vectors])
        for name, values in columns.items():
            self.columns.setdefault(name, []).extend(values)
