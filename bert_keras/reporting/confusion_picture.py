"""The confusion matrix as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure

from bert_keras.reporting.drawing import INK, MUTED, shown, write_png

_MOST_LABELS_WITH_COUNTS = 25
_BLUE = (0.04, 0.4, 0.76)
# From transparent to blue, which suits a dark page as well.
_SHADES = LinearSegmentedColormap.from_list("shades", [(*_BLUE, 0.0), (*_BLUE, 1.0)])


def confusion_figure(counts: Sequence[Sequence[int]], labels: Sequence[str]) -> Figure:
    """Draws a confusion matrix, coloured by the share of each true label's rows.

    Args:
        counts: The number of rows by true label (down) and predicted label (across).
        labels: The names of the labels; they are shown literally, in one line of at most 40 characters.

    Returns:
        The figure.
    """
    matrix = np.asarray(counts)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    count, many = len(labels), len(labels) > _MOST_LABELS_WITH_COUNTS
    names = [shown(name) for name in labels]
    side = (0.15 if many else 0.55) * count + 2.5 + 0.06 * max(map(len, names))  # inches
    figure = Figure(figsize=(side + 0.8, side), layout="constrained", facecolor="white")
    axes = figure.add_subplot(facecolor="none")
    norm = PowerNorm(0.5, vmin=0, vmax=1)  # the square root makes rare mistakes visible
    image = axes.imshow(shares, cmap=_SHADES, norm=norm, interpolation="none")
    size = 7 if many else 9
    axes.set_xticks(range(count), names, rotation=90 if many else 45, ha="center" if many else "right", fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.tick_params(colors=MUTED, labelcolor=INK)
    axes.set_xlabel("predicted", color=MUTED)
    axes.set_ylabel("true", color=MUTED)
    right = int(np.trace(matrix))
    axes.set_title(f"{right:,} of {matrix.sum():,} right ({right / max(1, matrix.sum()):.1%})", color=INK, fontsize=11)
    for spine in axes.spines.values():
        spine.set_color(MUTED)
    bar = figure.colorbar(image, ax=axes, shrink=0.75)
    bar.set_label("share of the true label's rows", color=MUTED)
    bar.ax.tick_params(colors=MUTED)
    bar.outline.set_edgecolor(MUTED)
    if not many:
        for (row, column), value in np.ndenumerate(matrix):
            colour = "white" if shares[row, column] > 0.3 else INK
            axes.text(column, row, f"{value:,}", ha="center", va="center", color=colour, fontsize=9)
    return figure


def draw_confusion(counts: Sequence[Sequence[int]], labels: Sequence[str], path: str | Path) -> None:
    """Writes a confusion matrix as a PNG.

    Args:
        counts: As in `confusion_figure`.
        labels: As in `confusion_figure`.
        path: The file to write.
    """
    write_png(confusion_figure(counts, labels), path)
