"""The best of several rankings, merged by rank, since their scores cannot be compared."""

from collections.abc import Sequence

import numpy as np

_CONSTANT = 60.0
"""What is added to each rank, so that the first one alone does not decide (Cormack et al. 2009)."""


def best_first(scores: np.ndarray, count: int) -> np.ndarray:
    """Returns the indices of the highest of scores `[n]`, at most `count`; of equal ones the first comes first."""
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")][:count]


def fused(rankings: Sequence[np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Merges rankings by reciprocal rank fusion.

    Args:
        rankings: The indices of items, each ranking best first; -1 where a ranking leaves a rank out.
        count: The maximum number of items.

    Returns:
        The merged ranking, and the score of each of its items; of equal ones the first of the first ranking comes
        first.
    """
    items = np.concatenate([np.zeros(0, np.int64), *rankings])
    shares = np.concatenate([np.zeros(0), *(1.0 / (_CONSTANT + 1 + np.arange(len(one))) for one in rankings)])
    items, shares = items[items >= 0], shares[items >= 0]
    distinct, firsts, of = np.unique(items, return_index=True, return_inverse=True)
    scores = np.bincount(of, shares, len(distinct))
    order = np.lexsort((firsts, -scores))[:count]
    return distinct[order], scores[order]
