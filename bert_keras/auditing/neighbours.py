"""The nearest rows of each row by the angle between their vectors, and rows that are far from all others."""

from dataclasses import dataclass

import numpy as np

NEAREST = 10
_MOST_COMPARED = 50_000
_AT_A_TIME = 2**24  # similarities
_FAR_OUT = 3.0  # interquartile ranges above the third quartile (Tukey 1977, "far out")


@dataclass(frozen=True)
class Neighbours:
    """The nearest rows of each row.

    Attributes:
        rows: Their indices, nearest first, `[rows, nearest]`.
        distances: 1 minus the cosine of the angle to each, `[rows, nearest]` float32.
        compared: The number of rows that each was compared with, evenly spread over all.
    """

    rows: np.ndarray
    distances: np.ndarray
    compared: int

    @property
    def far(self) -> np.ndarray:
        """The mean distance of each row to its nearest, `[rows]`."""
        return self.distances.mean(axis=1)

    def outliers(self) -> np.ndarray:
        """Returns the rows that are far out: farther than the third quartile by three interquartile ranges."""
        first, third = np.quantile(self.far, [0.25, 0.75])
        return np.flatnonzero(self.far > third + _FAR_OUT * (third - first)) if third > first else np.zeros(0, np.int64)


def find_neighbours(vectors: np.ndarray, nearest: int = NEAREST) -> Neighbours:
    """Finds the nearest rows of each row, exactly among the rows compared with: all up to 50,000.

    The mean of all vectors is taken off first, as those of an encoder have a large part in common.

    Args:
        vectors: The vector of each row, `[rows, size]`; at least two rows.
        nearest: The number of rows to find for each; fewer if there are no more.

    Returns:
        The nearest rows, without the row itself.
    """
    rows, vectors = len(vectors), vectors - vectors.mean(axis=0)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    most = min(rows, _MOST_COMPARED)
    compared = np.arange(most) * rows // most
    others = unit[compared].T
    nearest = min(nearest, most - 1)
    found = np.empty([rows, nearest], np.int64)
    distances = np.empty([rows, nearest], np.float32)
    step = max(1, _AT_A_TIME // most)
    for begin in range(0, rows, step):
        block = np.arange(begin, min(begin + step, rows))
        similar = unit[block] @ others
        place = np.searchsorted(compared, block)
        itself = compared[np.minimum(place, most - 1)] == block
        similar[itself, place[itself]] = -np.inf
        best = np.argpartition(-similar, nearest - 1, axis=1)[:, :nearest]
        values = np.take_along_axis(similar, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        found[block] = compared[np.take_along_axis(best, order, axis=1)]
        distances[block] = np.maximum(0, 1 - np.take_along_axis(values, order, axis=1))
    return Neighbours(found, distances, most)
