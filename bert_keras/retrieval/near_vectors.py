"""Vectors that are near to others by the cosine of their angle, found in blocks, so that files may be mapped."""

import numpy as np

from bert_keras.retrieval.fusion import best_first

_ROWS = 65_536  # of a block for one query
_PAIR_ROWS = 1024  # of a block for all pairs
_LEAST_LENGTH = 1e-12


def nearest(vectors: np.ndarray, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Finds the vectors that are nearest to each query.

    Args:
        vectors: The vectors, `[rows, dimension]`, in memory or mapped from a file.
        queries: The queries, `[queries, dimension]`.
        count: The number of vectors to find for each.

    Returns:
        The rows, the nearest first, and their cosines, each `[queries, min(count, rows)]`; of equal ones the first row
        comes first.
    """
    asked = of_length_one(np.asarray(queries, np.float32))
    cosines = np.empty([len(asked), len(vectors)], np.float32)
    for first in range(0, len(vectors), _ROWS):
        block = np.asarray(vectors[first : first + _ROWS], np.float32)
        cosines[:, first : first + _ROWS] = (asked @ block.T) / _lengths(block).T
    found = [best_first(of, count) for of in cosines]
    rows = np.array(found, np.int64).reshape(len(asked), -1)
    return rows, np.take_along_axis(cosines, rows, axis=1)


def similar_pairs(vectors: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Finds all pairs of vectors whose cosine is at least a value.

    Args:
        vectors: The vectors, `[rows, dimension]`. All pairs are compared, so time grows with the square of the rows.
        least: The least cosine.

    Returns:
        The pairs of rows `[pairs, 2]`, the smaller row first, and their cosines `[pairs]`, the most similar first.
    """
    units = of_length_one(np.asarray(vectors, np.float32))
    pairs, cosines = [np.zeros([0, 2], np.int64)], [np.zeros(0, np.float32)]
    for first in range(0, len(units), _PAIR_ROWS):
        block = units[first : first + _PAIR_ROWS] @ units[first:].T
        one, other = np.nonzero(block >= least)
        later = other > one
        pairs.append(np.stack([one[later] + first, other[later] + first], axis=1))
        cosines.append(block[one[later], other[later]])
    every, of = np.concatenate(pairs), np.concatenate(cosines)
    order = np.lexsort((every[:, 1], every[:, 0], -of))
    return every[order], of[order]


def _lengths(vectors: np.ndarray) -> np.ndarray:
    """Returns the length of each vector, `[rows, 1]`."""
    return np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _LEAST_LENGTH)


def of_length_one(vectors: np.ndarray) -> np.ndarray:
    """Returns the directions of vectors, `[rows, dimension]`; a vector of zeros stays one."""
    return vectors / _lengths(vectors)
