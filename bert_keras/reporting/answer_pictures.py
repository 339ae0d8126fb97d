"""The picture of the null threshold's effect on F1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from bert_keras.qa.question_scores import token_f1
from bert_keras.reporting.answer_record import AnsweredQuestion
from bert_keras.reporting.drawing import MUTED, SERIES, chart, legend_below

_MOST_POINTS = 400


@dataclass(frozen=True)
class ThresholdCurves:
    """F1 in percent by null threshold; a question is answered if its null odds are at most the threshold.

    Attributes:
        thresholds: The finite null odds of all questions, lowest first, `[thresholds]`.
        all: F1 over all questions, `[thresholds]`.
        answerable: F1 over the questions with an answer, `[thresholds]`; empty if there are none.
        unanswerable: F1 over the questions without one, `[thresholds]`; empty if there are none.
        silent: F1 over all questions if none is answered.
    """

    thresholds: np.ndarray
    all: np.ndarray
    answerable: np.ndarray
    unanswerable: np.ndarray
    silent: float


def threshold_curves(questions: Sequence[AnsweredQuestion]) -> ThresholdCurves:
    """Computes F1 at each null threshold.

    Args:
        questions: All evaluated questions, at least one.

    Returns:
        The curves.
    """
    odds = np.array([question.null_odds for question in questions], np.float64)
    answerable = np.array([bool(question.gold) for question in questions])
    gains = np.array([best_span_f1(question) for question in questions])
    order = np.argsort(odds, kind="stable")
    order = order[np.isfinite(odds[order])]
    thresholds, last = np.unique(odds[order], return_index=True)
    last = np.append(last[1:], len(order)) - 1  # equal odds are answered together
    right = np.cumsum(np.where(answerable, gains, 0)[order])[last]
    needless = np.cumsum(np.where(answerable, 0, [question.best is not None for question in questions])[order])[last]
    count, empty = int(answerable.sum()), int((~answerable).sum())
    return ThresholdCurves(
        thresholds,
        100 * (right + empty - needless) / len(questions),
        100 * right / count if count else np.empty(0),
        100 * (1 - needless / empty) if empty else np.empty(0),
        100 * empty / len(questions),
    )


def best_span_f1(question: AnsweredQuestion) -> float:
    """Computes the F1 of the best span, whatever the threshold.

    Args:
        question: The question.

    Returns:
        F1, 0 to 1; 0 if there is no gold answer or no span.
    """
    if question.best is None:
        return 0.0
    return max((token_f1(span.text, question.best.text) for span in question.gold), default=0.0)


def threshold_figure(curves: ThresholdCurves, chosen: float) -> Figure:
    """Draws F1 by null threshold.

    Args:
        curves: The result of `threshold_curves`, with at least one threshold.
        chosen: The model's threshold, which is marked.

    Returns:
        The figure.
    """
    figure, axes = chart(f"F1 by null threshold, {chosen:.2f} chosen", "null threshold", "F1", height=3.8)
    places = np.unique(np.linspace(0, len(curves.thresholds) - 1, _MOST_POINTS).round().astype(int))
    thresholds = curves.thresholds[places]
    lines = {"all questions": curves.all, "with an answer": curves.answerable, "without": curves.unanswerable}
    for colour, style, (name, values) in zip(SERIES, ("-", "--", ":"), lines.items(), strict=False):
        if len(values):
            axes.plot(thresholds, values[places], color=colour, linestyle=style, linewidth=1.6, label=name)
    axes.axhline(curves.silent, color=MUTED, linewidth=0.8, label="nothing answered")
    place = int(np.searchsorted(curves.thresholds, chosen, side="right")) - 1
    value = curves.all[place] if place >= 0 else curves.silent
    axes.axvline(chosen, color=SERIES[0], linewidth=0.8)
    axes.plot([chosen], [value], "o", color=SERIES[0], markersize=6, label=f"chosen, F1 {value:.1f}")
    axes.set_ylim(0, 102)
    legend_below(figure)
    return figure
