"""The metrics of text vectors: how well their cosines find what belongs together, or follow scores."""

import math
from collections.abc import Sequence

import numpy as np

from bert_keras.evaluation.scores import regression_scores

_MANY = 2**22  # cosines held in memory at once
FIRST_PLACES = (1, 10)
"""The numbers of nearest texts that recall is told for."""


def first_ranks(
    queries: np.ndarray, candidates: np.ndarray, relevant: Sequence[np.ndarray], own: Sequence[int | None]
) -> np.ndarray:
    """Ranks candidates by their cosine with each query, and returns the place of the best that is relevant.

    Candidates of equal cosine that are not relevant stand before it, so that vectors that are all alike find nothing.

    Args:
        queries: The vectors of the queries, `[queries, dimension]`.
        candidates: The vectors of the candidates, `[candidates, dimension]`.
        relevant: The numbers of the relevant candidates of each query.
        own: The number of the candidate that is the query itself, and is not ranked; `None` if it is none of them.

    Returns:
        The places, counted from 1, `[queries]` int64; 0 for a query without relevant candidates.
    """
    queries, candidates = unit(queries), unit(candidates)
    ranks = np.empty(len(queries), np.int64)
    block = max(1, _MANY // max(1, len(candidates)))
    for first in range(0, len(queries), block):
        cosines = queries[first : first + block] @ candidates.T
        for row, of_query in enumerate(cosines, first):
            right, itself = relevant[row], own[row]
            if itself is not None:
                of_query[itself] = -np.inf
            best = of_query[right].max() if len(right) else np.inf
            ranks[row] = 1 + (of_query >= best).sum() - (of_query[right] >= best).sum() if len(right) else 0
    return ranks


def ranking_scores(ranks: np.ndarray) -> dict[str, float]:
    """Computes the metrics of a search.

    Args:
        ranks: The place of the best relevant text of each query, counted from 1, `[queries]`, at least one.

    Returns:
        `mrr`, the mean reciprocal rank; and `recall_at_1` and `recall_at_10`, the shares of the queries that find a
        relevant text among the first one or ten.
    """
    recalls = {f"recall_at_{places}": float((ranks <= places).mean()) for places in FIRST_PLACES}
    return {"mrr": float((1 / ranks).mean()), **recalls}


def similarity_scores(numbers: np.ndarray, cosines: np.ndarray) -> dict[str, float]:
    """Computes the correlations of cosines with the scores of their pairs.

    Args:
        numbers: The scores, `[pairs]`.
        cosines: The cosines, `[pairs]`.

    Returns:
        `spearman` and `pearson`; 0 where one side is constant.
    """
    found = regression_scores(numbers, cosines)
    return {name: found[name] for name in ("spearman", "pearson")}


def paired_cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the cosine of each two vectors, both `[pairs, dimension]`, as `[pairs]`."""
    return np.einsum("ij,ij->i", unit(first), unit(second))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Returns vectors `[rows, dimension]` at length 1; a vector of zeros stays one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), math.sqrt(np.finfo(np.float32).tiny))
