"""Pictures of how alike texts are by their vectors, and of what is found by them, before and after a training."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from bert_keras.reporting.drawing import SERIES, chart, legend, legend_below
from bert_keras.reporting.vector_record import VectorFindings

_FEWEST_BINS, _MOST_BINS = 12, 40
_MOST_PLACES = 50


def separation(of: VectorFindings) -> float:
    """Returns the probability that two texts that belong together are nearer than two that do not; equal count half."""
    apart = np.sort(of.apart)
    below, up_to = (np.searchsorted(apart, of.together, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(apart)))


def similarity_figure(when: str, of: VectorFindings, names: tuple[str, str], least: float) -> Figure:
    """Draws the cosines of texts that belong together, and of texts that do not.

    Args:
        when: What the cosines are of, e.g. "after the training".
        of: The findings; both kinds have at least one pair.
        names: The names of both kinds.
        least: The least cosine of the axis.

    Returns:
        The figure.
    """
    figure, axes = chart(f"{when}: {separation(of):.1%} in the right order", "cosine", "share of the pairs")
    bins = int(np.clip(np.sqrt(min(len(of.together), len(of.apart))), _FEWEST_BINS, _MOST_BINS))
    edges = np.linspace(least, 1, bins + 1)
    for colour, name, values in zip(SERIES, names, (of.together, of.apart), strict=False):
        shares = np.histogram(np.clip(values, least, 1), edges)[0] / len(values)
        axes.stairs(shares, edges, color=colour, fill=True, alpha=0.35)
        axes.stairs(shares, edges, color=colour, label=f"{name}, median {np.median(values):.2f}")
    axes.set_ylim(0)
    legend_below(figure)
    return figure


def recall_figure(places: Mapping[str, np.ndarray]) -> Figure:
    """Draws the share of rows that find what belongs to them among the first texts, by the number of these.

    Args:
        places: The place at which each row finds it, counted from 1, by what the places are of; all at least 1.

    Returns:
        The figure.
    """
    figure, axes = chart("recall", "texts looked at, nearest first", "share of the rows that find theirs")
    most = min(_MOST_PLACES, max(10, max(int(of.max()) for of in places.values())))
    looked_at = np.arange(1, most + 1)
    for colour, style, (name, of) in zip((SERIES[1], SERIES[0]), ("--", "-"), places.items(), strict=False):
        axes.plot(looked_at, (of[:, np.newaxis] <= looked_at).mean(axis=0), color=colour, linestyle=style, label=name)
    axes.set_ylim(0, 1.02)
    legend(axes, "lower right")
    return figure
