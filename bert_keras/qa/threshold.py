"""From which null odds on a question is better left without answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError

_SAME = 1e-9  # sums of F1 in another order differ by less, other scores by more
_FARTHEST = 1.0  # that a threshold lies from the odds it was chosen for

Numbers = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class BestThreshold:
    """A threshold on the null odds, and what it is worth.

    Attributes:
        threshold: Questions are answered where `null_odds <= threshold`.
        score: Mean score at it over all questions, in per cent.
    """

    threshold: float
    score: float


@dataclass(frozen=True)
class NullThresholds:
    """The thresholds that suit F1 and exact match best; see `BestThreshold`."""

    f1: BestThreshold
    exact: BestThreshold


def tune_thresholds(
    null_odds: Numbers, exact: Numbers, f1: Numbers, has_answer: Sequence[bool] | np.ndarray
) -> NullThresholds:
    """Finds the best null thresholds of a data set, for F1 and for exact match.

    Args:
        null_odds: The null's logit less the best span's, `[questions]`; the higher, the rather there is no answer.
        exact: Exact match of the best span, whatever its null odds, `[questions]` from 0 to 1; see `question_scores`.
        f1: F1 of the best span, likewise.
        has_answer: Whether the question has an answer, `[questions]`.

    Returns:
        Both; see `best_threshold`.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    return NullThresholds(best_threshold(null_odds, f1, has_answer), best_threshold(null_odds, exact, has_answer))


def best_threshold(null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray) -> BestThreshold:
    """Finds the threshold with the best mean score, where questions are answered if `null_odds <= threshold`.

    All that thresholds can do is tried: questions of equal odds are answered together or not at all. Of the thresholds
    between two odds, 0 is taken if it is one; else the one half-way, but at most 1 away from the odds nearer to 0, so
    that noise of the last digit changes no answer. Where several places score the same, the threshold nearest 0 is
    taken.

    Args:
        null_odds: As `tune_thresholds` takes them.
        scores: Score of the best span, whatever its null odds, `[questions]` from 0 to 1.
        has_answer: As `tune_thresholds` takes them.

    Returns:
        The threshold and its score.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    odds, scores, silent = _columns(null_odds, scores, has_answer)
    order = np.argsort(odds, kind="stable")
    gains = (scores - silent)[order]
    values, last = np.unique(odds[order][::-1], return_index=True)
    last = len(odds) - 1 - last  # the last of each run of equal odds
    totals = silent.sum() + np.concatenate([[0.0], np.cumsum(gains)[last]])
    thresholds = _between(values)
    best = np.flatnonzero(totals >= totals.max() - _SAME)
    chosen = best[np.argmin(np.abs(thresholds[best]))]
    return BestThreshold(float(thresholds[chosen]), float(100.0 * totals[chosen] / len(odds)))


def thresholded(
    null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray, threshold: float
) -> np.ndarray:
    """Gives each question's score at a threshold.

    Args:
        null_odds: As `best_threshold` takes them.
        scores: As `best_threshold` takes them.
        has_answer: As `best_threshold` takes them.
        threshold: Questions are answered where `null_odds <= threshold`.

    Returns:
        `[questions]`: the score of the best span where it is given; else 1 where there is no answer, and 0 where there
            is one.

    Raises:
        InputError: No questions, numbers that are not finite, or columns of different lengths.
    """
    odds, scores, silent = _columns(null_odds, scores, has_answer)
    return np.where(odds <= threshold, scores, silent)


def _columns(
    null_odds: Numbers, scores: Numbers, has_answer: Sequence[bool] | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives odds, scores where answered, and scores where not."""
    odds, answered = np.asarray(null_odds, np.float64), np.asarray(scores, np.float64)
    silent = 1.0 - np.asarray(has_answer, bool).astype(np.float64)
    if odds.ndim != 1 or not odds.shape == answered.shape == silent.shape or not odds.size:
        shapes = ", ".join(str(column.shape) for column in (odds, answered, silent))
        raise InputError(
            f"null odds, scores and has_answer must be of one number a question, at least one. Received shapes: {shapes}"
        )
    if not (np.isfinite(odds) & np.isfinite(answered)).all():
        row = int(np.argmin(np.isfinite(odds) & np.isfinite(answered)))
        raise InputError(
            f"null odds and scores must be finite. Received: odds {odds[row]}, score {answered[row]} in row {row}"
        )
    return odds, answered, silent


def _between(values: np.ndarray) -> np.ndarray:
    """A threshold below all odds, one from each of the odds to below the next, and one from the last on."""
    low, high = np.concatenate([[-np.inf], values]), np.concatenate([values, [np.inf]])
    step = np.minimum((high - low) / 2, _FARTHEST)
    thresholds = np.where(low > 0, low + step, np.where(high > 0, 0.0, high - step))
    return np.where(
        thresholds < high, thresholds, low
    )  # rounding may take the middle of two neighbouring numbers to the upper one
