"""Pictures of predicted against true numbers."""

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bert_keras.reporting.drawing import MUTED, SERIES, chart
from bert_keras.reporting.names import score

_MOST_VECTOR_POINTS = 2_000


def scatter_figure(
    targets: np.ndarray,
    predictions: np.ndarray,
    title: str = "predicted against true",
    across: str = "true",
    up: str = "predicted",
) -> Figure:
    """Returns a scatter plot of predicted against true numbers.

    Args:
        targets: The true numbers, `[rows]`.
        predictions: The predicted numbers, `[rows]`.
        title: The title.
        across: The name of the true numbers.
        up: The name of the predicted ones.
    """
    figure, axes = chart(title, across, up, height=3.8)
    # Many points are rasterized: a page with a hundred thousand SVG circles would not open.
    many = len(targets) > _MOST_VECTOR_POINTS
    axes.scatter(targets, predictions, s=9, color=SERIES[0], alpha=0.15 if many else 0.4, linewidths=0, rasterized=many)
    low, high = (
        float(bound) for bound in (min(targets.min(), predictions.min()), max(targets.max(), predictions.max()))
    )
    axes.plot([low, high], [low, high], color=MUTED, linestyle="--", linewidth=1)
    _with_whole_numbers(axes.xaxis, low, high)
    _with_whole_numbers(axes.yaxis, low, high)
    return figure


def residual_figure(targets: np.ndarray, predictions: np.ndarray) -> Figure:
    """Returns a histogram of the errors, predicted minus true; arguments as in `scatter_figure`."""
    errors = np.asarray(predictions, np.float64) - targets
    figure, axes = chart(f"errors, mean {score(float(errors.mean()), '+')}", "predicted minus true", "rows", height=3.8)
    axes.hist(errors, bins=40, color=SERIES[0], alpha=0.6)
    axes.axvline(0, color=MUTED, linestyle="--", linewidth=1)
    _with_whole_numbers(axes.xaxis, float(errors.min()), float(errors.max()))
    return figure


def _with_whole_numbers(axis: Axis, low: float, high: float) -> None:
    """Shows numbers of four to six digits whole, in thousands; Matplotlib's own offset would hide their size."""
    if 1_000 <= max(abs(low), abs(high)) < 1_000_000:
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(lambda value, place: f"{value:,.0f}")
