"""The picture of how right the surest answers are: the risk-coverage curve, with scores in place of risks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from bert_keras.reporting.answer_record import AnsweredQuestion
from bert_keras.reporting.drawing import SERIES, chart, legend_below

_MOST_POINTS = 400


@dataclass(frozen=True)
class ConfidenceCurve:
    """Scores of the surest answers in percent, by their share of the questions (El-Yaniv and Wiener 2010).

    Attributes:
        shares: The shares of the questions in percent, the surest first, ascending to 100, `[shares]`. Answers of the
            same confidence are taken together.
        f1: The F1 of each share, `[shares]`.
        exact: The exact match of each share, `[shares]`.
    """

    shares: np.ndarray
    f1: np.ndarray
    exact: np.ndarray


def confidence_curve(questions: Sequence[AnsweredQuestion]) -> ConfidenceCurve:
    """Computes the scores of the surest answers.

    Args:
        questions: All evaluated questions, at least one.

    Returns:
        The curve; "no answer" counts as an answer, right where there is none.
    """
    confidence = np.array([question.confidence for question in questions], np.float64)
    order = np.argsort(-confidence, kind="stable")
    last = np.append(np.flatnonzero(np.diff(confidence[order])), len(order) - 1)  # equal confidences stay together
    f1, exact = (
        100 * np.cumsum(np.array(values, np.float64)[order])[last] / (last + 1)
        for values in ([question.f1 for question in questions], [question.exact for question in questions])
    )
    return ConfidenceCurve(100 * (last + 1) / len(order), f1, exact)


def confidence_figure(curve: ConfidenceCurve) -> Figure:
    """Draws the scores of the surest answers by their share of the questions.

    Args:
        curve: The result of `confidence_curve`.

    Returns:
        The figure.
    """
    figure, axes = chart(
        "Scores of the surest answers", "share of the questions, surest first, in percent", "percent", height=3.6
    )
    places = np.unique(np.linspace(0, len(curve.shares) - 1, _MOST_POINTS).round().astype(int))
    lines = {f"F1, {curve.f1[-1]:.1f} of all": curve.f1, f"exact match, {curve.exact[-1]:.1f} of all": curve.exact}
    for colour, style, (name, values) in zip(SERIES, ("-", "--"), lines.items(), strict=False):
        marker = "o" if len(places) == 1 else None
        axes.plot(
            curve.shares[places],
            values[places],
            color=colour,
            linestyle=style,
            linewidth=1.6,
            label=name,
            marker=marker,
        )
    axes.set_xlim(0, 102)
    axes.set_ylim(0, 102)
    legend_below(figure)
    return figure
