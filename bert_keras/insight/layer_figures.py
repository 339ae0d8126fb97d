"""Figures of the similarity between layers, and of what a probe reads from each layer."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import EmbeddingSet, check_same_rows
from bert_keras.insight.layer_probe import probe_layers
from bert_keras.insight.layer_similarity import layer_similarity
from bert_keras.reporting.drawing import INK, MUTED, SERIES, chart, legend, shown

_CELL = 0.42  # inches
_MOST_NUMBERS = 14  # the maximum number of layers for legible numbers in the cells


def similarity_figure(sets: Sequence[EmbeddingSet]) -> Figure:
    """Draws the similarity of each two layers on the same rows (linear CKA, Kornblith et al. 2019).

    Args:
        sets: One set per layer, all of the same rows.

    Returns:
        A heat map from 0 to 1.

    Raises:
        InputError: There are fewer than two sets, or they have different numbers of rows.
    """
    _check(sets)
    alike = layer_similarity([each.vectors for each in sets])
    names = [shown(each.name) for each in sets]
    side = _CELL * len(sets)
    figure, axes = chart("How alike layers are (linear CKA)", width=side + 3.2, height=side + 2.0)
    axes.grid(visible=False)
    image = axes.imshow(alike, cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(sets)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(sets)), names, fontsize=8)
    if len(sets) <= _MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(alike):
            colour = "white" if value < 0.6 else INK
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color=colour)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.ax.tick_params(colors=MUTED, labelsize=7)
    return figure


def probe_figure(sets: Sequence[EmbeddingSet]) -> Figure:
    """Draws how well logistic regression predicts the rows' classes from each layer (Alain and Bengio 2016).

    Args:
        sets: One set per layer, all of the same rows; `colour` names the column of the classes. Classes with a single
            row are left out.

    Returns:
        The accuracy by layer on rows that the probe was not fitted to, with its standard deviation over folds, and the
        share of the most frequent class; see `probe_layers`.

    Raises:
        InputError: There are fewer than two sets, they have different numbers of rows, or there are no two classes with
            two rows each; see `can_be_probed`.
    """
    _check(sets)
    if not can_be_probed(sets[0]):
        raise InputError(f"{sets[0].name}: a probe needs two classes at least, each with two rows at least")
    labels, kept = _classes(sets[0])
    made = probe_layers([each.vectors[kept] for each in sets], labels[kept])
    figure, axes = chart(
        "What a logistic probe reads from each layer", up=f"accuracy, {shown(str(sets[0].colour))}", height=3.6
    )
    places = range(len(sets))
    axes.errorbar(
        places,
        made.accuracy,
        yerr=made.deviation,
        color=SERIES[0],
        marker="o",
        capsize=3,
        label="probe, ± deviation of folds",
    )
    axes.axhline(made.majority, color=MUTED, linestyle="--", linewidth=1, label="the most frequent class")
    axes.set_xticks(places, [shown(each.name) for each in sets], rotation=90, fontsize=8)
    axes.set_ylim(0, 1.02)
    legend(axes, "lower left")
    return figure


def can_be_probed(vectors: EmbeddingSet) -> bool:
    """Returns whether there are at least two classes with at least two rows each, as a probe needs."""
    if vectors.colour is None or not isinstance(vectors.columns[vectors.colour][0], str):
        return False
    return sum(count > 1 for count in Counter(vectors.columns[vectors.colour]).values()) > 1


def _classes(vectors: EmbeddingSet) -> tuple[np.ndarray, np.ndarray]:
    """Returns the class of each row, and whether that class has more than one row."""
    labels = np.array(vectors.columns[str(vectors.colour)], dtype=object)
    counts = Counter(labels.tolist())
    return labels.astype(str), np.array([counts[label] > 1 for label in labels.tolist()])


def _check(sets: Sequence[EmbeddingSet]) -> None:
    if len(sets) < 2:
        raise InputError(
            f"a picture of layers beside each other needs two sets of vectors at least. Received: {len(sets)}"
        )
    check_same_rows(sets)
