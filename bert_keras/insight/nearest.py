"""The nearest of some vectors to each of others, by the angle between them."""

from collections.abc import Iterator

import numpy as np

_AT_A_TIME = 2**24  # similarities
_SHORTEST = 1e-12  # a shorter vector has no direction


def unit_vectors(vectors: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
    """Returns the directions of vectors from their mean, which those of an encoder have in common for a large part.

    Args:
        vectors: The vectors, `[rows, size]`.
        mean: What is taken off each, `[size]`; `None` takes nothing off.

    Returns:
        Vectors of length 1, `[rows, size]`; a vector equal to the mean stays zero.
    """
    centred = vectors if mean is None else vectors - mean
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), _SHORTEST)


def nearest_rows(
    vectors: np.ndarray, others: np.ndarray, nearest: int, itself: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest of some vectors to each of others, exactly and block by block.

    Args:
        vectors: Vectors of length 1, `[rows, size]`.
        others: The vectors that they are compared with, of length 1, `[others, size]`.
        nearest: The number to find for each; fewer if there are no more.
        itself: For each row the place of the same row among the others, -1 where it is none of them, `[rows]`; that
            one is left out. `None` if no row is among the others.

    Returns:
        The places among the others, nearest first, and the cosines of the angles, both `[rows, nearest]`.
    """
    found, cosines = [], []
    nearest = min(nearest, len(others) - (itself is not None))
    for block in _blocks(len(vectors), len(others)):
        similar = vectors[block] @ others.T
        if itself is not None:
            own = np.flatnonzero(itself[block] >= 0)
            similar[own, itself[block][own]] = -np.inf
        best = np.argpartition(-similar, nearest - 1, axis=1)[:, :nearest]
        values = np.take_along_axis(similar, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        found.append(np.take_along_axis(best, order, axis=1))
        cosines.append(np.take_along_axis(values, order, axis=1))
    return np.concatenate(found), np.concatenate(cosines)


def _blocks(rows: int, others: int) -> Iterator[slice]:
    step = max(1, _AT_A_TIME // others)
    return (slice(begin, begin + step) for begin in range(0, rows, step))
