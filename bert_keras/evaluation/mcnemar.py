"""Whether two classifiers that disagree do so by more than chance."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test on the rows that one of two models has right.

    Attributes:
        only_first: Rows that the first alone has right.
        only_second: Rows that the second alone has right.
        p: Probability of a split at least as uneven if both were equally good, from the binomial distribution, both
            sides.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first: np.ndarray, second: np.ndarray) -> McNemar:
    """Compares two models on the same rows.

    Args:
        first: Whether the first has each row right, `[rows]` bool.
        second: Whether the second has.

    Returns:
        The counts and the probability, 1 where they are right and wrong on the same rows.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    p = float(stats.binomtest(only_first, differing).pvalue) if differing else 1.0
    return McNemar(only_first, only_second, p)
