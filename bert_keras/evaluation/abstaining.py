"""Answers that are better left to a person: the probability below which too many are wrong."""

from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation.wilson import wilson

_FEWEST_ROWS = 20  # of which the share of right ones is said


@dataclass(frozen=True)
class Abstaining:
    """What a threshold of confidence does on rows that it was not chosen on.

    Attributes:
        wanted: The share of right answers that was asked for.
        share: The share of the rows that are answered.
        right: The share of right answers among them.
        low: The low end of the 95 % interval of `right` (Wilson 1927).
        high: The high end.
        rows: The number of rows that are answered.
    """

    wanted: float
    share: float
    right: float
    low: float
    high: float
    rows: int


def confidence_threshold(right: np.ndarray, confidence: np.ndarray, wanted: float) -> float | None:
    """Finds the lowest probability from which on the wanted share of answers is right.

    Args:
        right: Whether each row's answer is right, `[rows]` bool.
        confidence: The probability of each row's answer, `[rows]`.
        wanted: The wanted share of right answers.

    Returns:
        The probability; `None` if fewer than 20 rows would be answered.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(ordered[:-1] > ordered[1:], True)  # rows of one probability go together
    good = np.flatnonzero(ends & (share >= wanted))
    return None if not len(good) or good[-1] + 1 < _FEWEST_ROWS else float(ordered[good[-1]])


def abstaining(right: np.ndarray, answered: np.ndarray, wanted: float) -> Abstaining | None:
    """Measures a choice of rows to answer.

    Args:
        right: Whether each row's answer is right, `[rows]` bool.
        answered: Whether each row is answered, `[rows]` bool.
        wanted: The share of right answers that was asked for.

    Returns:
        The measures; `None` if fewer than 20 rows are answered.
    """
    rows, hits = int(answered.sum()), int((right & answered).sum())
    if rows < _FEWEST_ROWS:
        return None
    low, high = wilson(hits, rows)
    return Abstaining(wanted, rows / len(answered), hits / rows, low, high, rows)
