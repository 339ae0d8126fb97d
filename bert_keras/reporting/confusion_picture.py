"""The confusion matrix as a picture: of few labels the whole, of many the most confused ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure

from bert_keras.evaluation import MOST_LABELS, Confusion
from bert_keras.reporting.drawing import INK, MUTED, shown, write_png

_MOST_LABELS_WITH_COUNTS = 25
_MOST_CONFUSED = 20
_RIGHT, _WRONG = (0.04, 0.4, 0.76), (0.77, 0.34, 0.04)  # blue and orange
# From transparent to the hue, which suits a dark page as well.
_SHADES = LinearSegmentedColormap.from_list("shades", [(*_WRONG, 0.0), (*_WRONG, 1.0)])


def confusion_figure(
    counts: Confusion | Sequence[Sequence[int]], labels: Sequence[str], order: Sequence[int] | None = None
) -> Figure:
    """Draws a confusion matrix, coloured by the share of each true label's rows: right ones blue, mistakes orange.

    Of more than 100 labels it shows the 20 of the most frequent mistakes, those of a mistake side by side, and all
    other labels as a last row and column; where these two meet it is empty, since right and wrong would be mixed.

    Args:
        counts: The number of rows by true label (down) and predicted label (across), as a whole or by its cells.
        labels: The names of the labels; they are shown literally, in one line of at most 40 characters.
        order: The order in which up to 100 labels are drawn, as their indices; `None` means their own.

    Returns:
        The figure, whose size is bounded whatever the number of labels.
    """
    confusion = counts if isinstance(counts, Confusion) else Confusion.of_matrix(np.asarray(counts))
    share = confusion.right / max(1, confusion.total)
    title = f"{confusion.right:,} of {confusion.total:,} right ({share:.1%})"
    if len(labels) <= MOST_LABELS:
        across = list(range(len(labels)) if order is None else order)
        names = [shown(labels[place]) for place in across]
        return _drawn(confusion.matrix()[np.ix_(across, across)], names, title)
    places = confusion.most_confused(_MOST_CONFUSED)
    matrix = confusion.among(places)
    names = [*(shown(labels[place]) for place in places), f"{len(labels) - len(places):,} other labels"]
    title += f"\nthe {len(places)} most confused of {len(labels):,} labels"
    return _drawn(matrix, names, title, others=True)


def _drawn(matrix: np.ndarray, names: Sequence[str], title: str, *, others: bool = False) -> Figure:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    if others:
        shares[-1, -1] = 0
    count, many = len(names), len(names) > _MOST_LABELS_WITH_COUNTS
    side = (0.15 if many else 0.34 if others else 0.55) * count + 2.5 + 0.06 * max(map(len, names))  # inches
    figure = Figure(figsize=(side + 0.8, side), layout="constrained", facecolor="white")
    axes = figure.add_subplot(facecolor="none")
    norm = PowerNorm(0.5, vmin=0, vmax=1)  # the square root makes rare mistakes visible
    axes.imshow(_coloured(norm(shares).filled(0), others), interpolation="none")
    size = 7 if many else 8 if others else 9
    axes.set_xticks(range(count), names, rotation=90 if many else 45, ha="center" if many else "right", fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.tick_params(colors=MUTED, labelcolor=INK)
    axes.set_xlabel("predicted", color=MUTED)
    axes.set_ylabel("true", color=MUTED)
    axes.set_title(title, color=INK, fontsize=11)
    for spine in axes.spines.values():
        spine.set_color(MUTED)
    bar = figure.colorbar(ScalarMappable(norm, _SHADES), ax=axes, shrink=0.75)
    bar.set_label("share of the true label's rows that are mistaken (right ones are blue)", color=MUTED)
    bar.ax.tick_params(colors=MUTED)
    bar.outline.set_edgecolor(MUTED)
    if not many:
        _write_counts(axes, matrix, shares, others)
    return figure


def _coloured(strength: np.ndarray, others: bool) -> np.ndarray:
    """Returns the colours of the cells, `[labels, labels, 4]`; the cell where all other labels meet has none."""
    right = np.eye(len(strength), dtype=bool)
    if others:
        right[-1, -1] = False
    hue = np.where(right[..., np.newaxis], _RIGHT, _WRONG)
    return np.concatenate([hue, strength[..., np.newaxis]], axis=-1)


def _write_counts(axes: Axes, matrix: np.ndarray, shares: np.ndarray, others: bool) -> None:
    """Writes the count into each cell; of a part of the labels only into those that hold rows."""
    last = len(matrix) - 1
    for (row, column), value in np.ndenumerate(matrix):
        if others and (not value or row == column == last):
            continue
        colour = "white" if shares[row, column] > 0.3 else INK
        axes.text(column, row, f"{value:,}", ha="center", va="center", color=colour, fontsize=7 if others else 9)


def draw_confusion(counts: Confusion | Sequence[Sequence[int]], labels: Sequence[str], path: str | Path) -> None:
    """Writes a confusion matrix as a PNG.

    Args:
        counts: As in `confusion_figure`.
        labels: As in `confusion_figure`.
        path: The file to write.
    """
    write_png(confusion_figure(counts, labels), path)
