"""Pictures of the training curves."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bert_keras.reporting.curve import Curve
from bert_keras.reporting.drawing import SERIES, chart, legend
from bert_keras.reporting.names import title

_MOST_POINTS = 300
_MARKS = "os"


def training_figures(train: Mapping[str, Curve], dev: Mapping[str, Curve]) -> dict[str, Figure]:
    """Draws each number of a training by optimizer step: loss, metrics, learning rate and gradient norm.

    Args:
        train: The training curves by name, e.g. `loss`, `accuracy`, `learning_rate`, `gradient_norm`.
        dev: The development curves by name, with a point at the end of each epoch.

    Returns:
        The figures by name of the number, those with both curves first.
    """
    return {name: training_figure(name, train.get(name), dev.get(name)) for name in curve_names(train, dev)}


def curve_names(train: Mapping[str, Curve], dev: Mapping[str, Curve]) -> list[str]:
    """Returns the names of the numbers of a training, those with both curves first; see `training_figures`."""
    both = [name for name in train if name in dev]
    return both + [name for name in train if name not in dev] + [name for name in dev if name not in train]


def training_figure(name: str, train: Curve | None, dev: Curve | None) -> Figure:
    """Draws one number of a training by optimizer step.

    Args:
        name: The name of the number.
        train: Its training curve, if there is one.
        dev: Its development curve, if there is one.

    Returns:
        The figure.
    """
    figure, axes = chart(title(name), "step")
    if train is not None and len(train.steps):
        steps, values, size = _means(train)
        label = "train" if size == 1 else f"train, means of {size} points"
        axes.plot(steps, values, color=SERIES[0], linewidth=1.2, label=label, marker="o" if len(steps) == 1 else None)
    if dev is not None and len(dev.steps):
        axes.plot(dev.steps, dev.values, color=SERIES[1], linewidth=1.6, marker="o", markersize=5, label="dev")
        legend(axes)
    if name == "learning_rate":
        axes.yaxis.set_major_formatter(lambda rate, place: f"{rate:.3g}")
    return figure


def learning_curve_figure(curve: Mapping[str, Any]) -> Figure:
    """Draws the main metric by the number of training rows.

    Args:
        curve: The section `learning_curve` of `report.json`.

    Returns:
        The figure, with the 95 % interval of each score, a mark for each way to train, and the gain of more rows as a
        dashed line if it is known.
    """
    figure, axes = chart(f"{title(curve['metric'])} on dev by rows of train", "rows (logarithmic)")
    rows, scores = curve["rows"], curve["scores"]
    values = np.array([score["value"] for score in scores])
    ends = np.array([[score["low"], score["high"]] for score in scores]).T
    spread = np.abs(ends - values)
    axes.errorbar(rows, values, spread, color=SERIES[0], linewidth=1.6, capsize=3)
    ways = curve.get("ways", ["trained"] * len(rows))  # earlier reports trained all in one way
    for way, mark in zip(dict.fromkeys(ways), _MARKS, strict=False):
        of = [place for place, each in enumerate(ways) if each == way]
        axes.plot(np.array(rows)[of], values[of], mark, color=SERIES[0], label=way)
    ticks = list(rows)
    if "gain" in curve:
        ticks.append(rows[-1] + curve["more"])
        axes.plot(ticks[-2:], [values[-1], values[-1] + curve["gain"]], "--", color=SERIES[1], label="expected")
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{count:,}" for count in ticks], rotation=30)
    axes.minorticks_off()
    legend(axes)
    return figure


def _means(curve: Curve) -> tuple[np.ndarray, np.ndarray, int]:
    """Returns steps and values of at most 300 points, each the mean of `size` consecutive ones, and `size`."""
    steps, values = np.asarray(curve.steps, np.float64), np.asarray(curve.values, np.float64)
    size = -(-len(steps) // _MOST_POINTS)
    begins = np.arange(0, len(steps), size)
    counts = np.diff([*begins, len(steps)])
    return np.add.reduceat(steps, begins) / counts, np.add.reduceat(values, begins) / counts, size
