"""The confusion matrix as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from bert_keras.atomic import replaced_file

_MOST_LABELS_WITH_COUNTS = 25


def draw_confusion(counts: Sequence[Sequence[int]], labels: Sequence[str], path: str | Path) -> None:
    """Draws a confusion matrix: colour is the share of each true label's rows.

    Args:
        counts: Rows by true label (down) and predicted label (across).
        labels: Their names; shown as they are, whatever signs they hold.
        path: Where to, a PNG.
    """
    matrix = np.asarray(counts)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    count = len(labels)
    side = max(4.5, 0.22 * count + 3) if count > _MOST_LABELS_WITH_COUNTS else 0.55 * count + 3.5
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [name.replace("$", r"\$") for name in labels]  # a lone dollar sign would begin mathematics
    small = 6 if count > _MOST_LABELS_WITH_COUNTS else 9
    axes.set_xticks(range(count), names, rotation=45 if count <= _MOST_LABELS_WITH_COUNTS else 90, ha="right", fontsize=small)
    axes.set_yticks(range(count), names, fontsize=small)
    if count > _MOST_LABELS_WITH_COUNTS:
        axes.set_xticks(range(count), names, rotation=90, ha="center", fontsize=small)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    right = int(np.trace(matrix))
    axes.set_title(f"{right:,} of {matrix.sum():,} right ({right / max(1, matrix.sum()):.1%})")
    figure.colorbar(image, ax=axes, shrink=0.75, label="share of the true label's rows")
    if count <= _MOST_LABELS_WITH_COUNTS:
        for (row, column), value in np.ndenumerate(matrix):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{value:,}", ha="center", va="center", color=colour, fontsize=9)
    with replaced_file(path) as aside:
        figure.savefig(aside, format="png", dpi=150)
