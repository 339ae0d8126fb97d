"""McNemar's test of the difference between two classifiers."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class McNemar:
    """The result of McNemar's exact test on the rows that only one of two models predicts correctly.

    Attributes:
        only_first: The number of rows that only the first model predicts correctly.
        only_second: The number of rows that only the second model predicts correctly.
        p: The two-sided p-value of the binomial distribution: the probability of a split at least as uneven if both
            models were equally good.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first: np.ndarray, second: np.ndarray) -> McNemar:
    """Tests whether two models differ on the same rows.

    Args:
        first: Whether the first model predicts each row correctly, `[rows]` bool.
        second: Whether the second model predicts each row correctly, `[rows]` bool.

    Returns:
        The counts and the p-value, which is 1 if both models are correct on the same rows.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    p = float(stats.binomtest(only_first, differing).pvalue) if differing else 1.0
    return McNemar(only_first, only_second, p)
