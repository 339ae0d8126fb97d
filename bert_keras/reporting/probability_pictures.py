"""Pictures of calibration, and of precision against recall."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from bert_keras.evaluation import PrecisionRecall, Reliability
from bert_keras.reporting.drawing import MUTED, SERIES, chart, legend_below, shown

_NAMED_CURVES = 6
_MOST_POINTS = 200


def reliability_figure(diagram: Reliability) -> Figure:
    """Draws accuracy by confidence, with a histogram of the confidences.

    Args:
        diagram: The result of `evaluation.reliability`.

    Returns:
        The figure; bars below the diagonal are overconfident.
    """
    figure, axes = chart(f"calibration, ECE {diagram.error:.4f}", "confidence", "share that is right", height=3.8)
    some = diagram.counts > 0
    width = np.diff(diagram.edges)
    middles = (diagram.edges[:-1] + width / 2)[some]
    axes.bar(middles, diagram.accuracy[some], width[some], color=SERIES[0], alpha=0.35, label="right")
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1, label="as confident as right")
    axes.plot(
        diagram.confidence[some], diagram.accuracy[some], "o", color=SERIES[0], markersize=4, label="mean of the bin"
    )
    shares = diagram.counts / max(1, diagram.counts.sum())
    axes.step(
        np.repeat(diagram.edges, 2)[1:-1],
        np.repeat(shares, 2),
        color=SERIES[1],
        linewidth=1.2,
        label="share of the predictions",
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    legend_below(figure)
    return figure


def precision_recall_figure(curves: Mapping[str, PrecisionRecall]) -> Figure:
    """Draws precision against recall for each label.

    Args:
        curves: The result of `evaluation.precision_recall_by_label`.

    Returns:
        The figure; the six labels of the lowest average precision are named, the others are grey.
    """
    figure, axes = chart("precision against recall", "recall", "precision", height=4.6)
    worst = sorted(curves, key=lambda name: curves[name].average_precision)[:_NAMED_CURVES]
    for name, curve in curves.items():
        if name not in worst:
            axes.plot(*_thinned(curve), color=MUTED, linewidth=0.6, alpha=0.35)
    for colour, name in zip(SERIES, worst, strict=False):
        label = f"{shown(name)} ({curves[name].average_precision:.3f})"
        axes.plot(*_thinned(curves[name]), color=colour, linewidth=1.5, label=label)
    if len(curves) > len(worst):
        axes.plot([], [], color=MUTED, linewidth=0.6, alpha=0.6, label=f"{len(curves) - len(worst):,} other labels")
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.02)
    if curves:
        legend_below(figure, "average precision")
    return figure


def _thinned(curve: PrecisionRecall) -> tuple[np.ndarray, np.ndarray]:
    """Returns recall and precision at no more points than a picture can show."""
    places = np.unique(np.linspace(0, len(curve.recall) - 1, _MOST_POINTS).round().astype(int))
    return curve.recall[places], curve.precision[places]
