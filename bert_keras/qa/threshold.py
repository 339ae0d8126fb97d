"""Tuning of the threshold on the null odds above which a question is left unanswered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError

_SAME = 1e-9  # rounding differences between sums of scores are smaller, real differences larger
_FARTHEST = 1.0  # the maximum distance of a threshold from the odds beside it

Numbers = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class BestThreshold:
    """The best threshold on the null odds, and its score.

    Attributes:
        threshold: The threshold; questions with `null_odds <= threshold` are answered.
        score: The mean score over all questions at this threshold, in per cent.
    """

    threshold: float
    score: float


@dataclass(frozen=True)
class NullThresholds:
    """The best thresholds for F1 and for exact match.

    Attributes:
        f1: The threshold with the best mean F1.
        exact: The threshold with the best mean exact match.
    """

    f1: BestThreshold
    exact: BestThreshold


def tune_thresholds(
    null_odds: Numbers, exact: Numbers, f1: Numbers, has_answer: Sequence[bool] | np.ndarray
) -> NullThresholds:
    """Finds the best null thresholds of a data set, for F1 and for exact match; see `best_threshold`.

    Args:
        null_odds: The null score minus the best span's score, `[questions]`; higher means less likely an answer.
        exact: The exact match of the best span, whatever its null odds, `[questions]` from 0 to 1; see
            `question_scores`.
        f1: The F1 of the best span, whatever its null odds, `[questions]` from 0 to 1.
        has_answer: Whether the question has an answer, `[questions]`.

    Returns:
        Both thresholds.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    return NullThresholds(best_threshold(null_odds, f1, has_answer), best_threshold(null_odds, exact, has_answer))


def best_threshold(null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray) -> BestThreshold:
    """Finds the threshold with the best mean score, where questions with `null_odds <= threshold` are answered.

    All distinct thresholds are tried; questions of equal odds are answered together or not at all. Between two adjacent
    odds the threshold is 0 if that lies between them, else their midpoint, but at most 1 away from the odds nearer to
    0, so that rounding errors change no answer. Among equal scores, the threshold nearest to 0 wins.

    Args:
        null_odds: The null score minus the best span's score, `[questions]`.
        scores: The score of the best span, whatever its null odds, `[questions]` from 0 to 1.
        has_answer: Whether the question has an answer, `[questions]`.

    Returns:
        The threshold and its score.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    odds, scores, silent = _columns(null_odds, scores, has_answer)
    order = np.argsort(odds, kind="stable")
    gains = (scores - silent)[order]
    values, last = np.unique(odds[order][::-1], return_index=True)
    last = len(odds) - 1 - last  # the index of the last of each run of equal odds
    totals = silent.sum() + np.concatenate([[0.0], np.cumsum(gains)[last]])
    thresholds = _between(values)
    best = np.flatnonzero(totals >= totals.max() - _SAME)
    chosen = best[np.argmin(np.abs(thresholds[best]))]
    return BestThreshold(float(thresholds[chosen]), float(100.0 * totals[chosen] / len(odds)))


def thresholded(
    null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray, threshold: float
) -> np.ndarray:
    """Computes the score of each question at a threshold.

    Args:
        null_odds: The null score minus the best span's score, `[questions]`.
        scores: The score of the best span, whatever its null odds, `[questions]` from 0 to 1.
        has_answer: Whether the question has an answer, `[questions]`.
        threshold: The threshold; questions with `null_odds <= threshold` are answered.

    Returns:
        The scores, `[questions]`: for an answered question the score of the best span; for the others 1 where there is
        no answer, 0 where there is one.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    odds, scores, silent = _columns(null_odds, scores, has_answer)
    return np.where(odds <= threshold, scores, silent)


def _columns(
    null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the odds, the scores if the questions are answered, and the scores if they are not."""
    odds, answered = np.asarray(null_odds, np.float64), np.asarray(scores, np.float64)
    silent = 1.0 - np.asarray(has_answer, bool).astype(np.float64)
    if odds.ndim != 1 or not odds.shape == answered.shape == silent.shape or not odds.size:
        shapes = ", ".join(str(column.shape) for column in (odds, answered, silent))
        raise InputError(
            "null odds, scores and has_answer must be of one number a question, at least one. "
            f"Received shapes: {shapes}"
        )
    if not (np.isfinite(odds) & np.isfinite(answered)).all():
        row = int(np.argmin(np.isfinite(odds) & np.isfinite(answered)))
        raise InputError(
            f"null odds and scores must be finite. Received: odds {odds[row]}, score {answered[row]} in row {row}"
        )
    return odds, answered, silent


def _between(values: np.ndarray) -> np.ndarray:
    """Returns one threshold below all odds, and one between each of the odds (inclusive) and the next (exclusive)."""
    low, high = np.concatenate([[-np.inf], values]), np.concatenate([values, [np.inf]])
    step = np.minimum((high - low) / 2, _FARTHEST)
    thresholds = np.where(low > 0, low + step, np.where(high > 0, 0.0, high - step))
    # The midpoint of two adjacent floating-point numbers may round to the upper one.
    return np.where(thresholds < high, thresholds, low)
