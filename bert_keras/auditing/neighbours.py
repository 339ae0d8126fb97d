"""The nearest rows of each row by the angle between their vectors, and rows that are far from all others."""

from dataclasses import dataclass

import numpy as np

from bert_keras.insight.nearest import nearest_rows, unit_vectors

NEAREST = 10
_MOST_COMPARED = 50_000
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
    rows, unit = len(vectors), unit_vectors(vectors, vectors.mean(axis=0))
    most = min(rows, _MOST_COMPARED)
    compared = np.arange(most) * rows // most
    place = np.minimum(np.searchsorted(compared, np.arange(rows)), most - 1)
    itself = np.where(compared[place] == np.arange(rows), place, -1)
    found, cosines = nearest_rows(unit, unit[compared], nearest, itself)
    return Neighbours(compared[found], np.maximum(0, 1 - cosines).astype(np.float32), most)
