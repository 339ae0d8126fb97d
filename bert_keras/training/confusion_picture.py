"""The confusion matrix as a picture."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from bert_keras.atomic import replaced_file

_MOST_LABELS_WITH_COUNTS = 25
_LONGEST_NAME = 40


def draw_confusion(counts: Sequence[Sequence[int]], labels: Sequence[str], path: str | Path) -> None:
    """Draws a confusion matrix: colour is the share of each true label's rows.

    Args:
        counts: Rows by true label (down) and predicted label (across).
        labels: Their names; shown as they are, whatever signs they hold, though not beyond 40 characters or one line.
        path: Where to, a PNG.
    """
    matrix = np.asarray(counts)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    count, many = len(labels), len(labels) > _MOST_LABELS_WITH_COUNTS
    names = [_shown(name) for name in labels]
    side = (0.22 if many else 0.55) * count + 3 + 0.06 * max(map(len, names))  # inches
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))  # the root, so that rare mistakes are seen
    size = 6 if many else 9
    axes.set_xticks(range(count), names, rotation=90 if many else 45, ha="center" if many else "right", fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    right = int(np.trace(matrix))
    axes.set_title(f"{right:,} of {matrix.sum():,} right ({right / max(1, matrix.sum()):.1%})")
    figure.colorbar(image, ax=axes, shrink=0.75, label="share of the true label's rows")
    if not many:
        for (row, column), value in np.ndenumerate(matrix):
            colour = "white" if shares[row, column] > 0.3 else "black"
            axes.text(column, row, f"{value:,}", ha="center", va="center", color=colour, fontsize=9)
    with replaced_file(path) as aside, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # a box stands for it
        figure.savefig(aside, format="png", dpi=150)


def _shown(name: str) -> str:
    line = " ".join(name.split())
    short = line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
    return short.replace("$", r"\$")  # a lone dollar sign would begin mathematics
