"""Figures of sentence vectors layer by layer, projected by principal components or t-SNE."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import EmbeddingSet, check_same_rows
from bert_keras.insight.pca import principal_components
from bert_keras.insight.projector_metadata import OTHERS
from bert_keras.reporting.drawing import GRID, INK, MUTED, SERIES, shown

Method = Literal["pca", "tsne"]
_MOST_POINTS = {"pca": 5_000, "tsne": 1_000}
_COMPONENTS_FOR_TSNE = 50  # as its authors do, to suppress noise and save most of the time
_PERPLEXITY = 30.0
_ACROSS = 4
_SIDE = 2.3  # inches


def layers_figure(sets: Sequence[EmbeddingSet], method: Method = "pca", seed: int = 0) -> Figure:
    """Draws the vectors of the same rows in several layers side by side, coloured by class.

    t-SNE (van der Maaten and Hinton 2008) starts from the principal components, so that the same vectors always give
    the same figure. It shows neighbours; the distances between groups have no meaning.

    Args:
        sets: One set per layer, all of the same rows; the column that `colour` names colours the points.
        method: "pca" or "tsne".
        seed: The random seed of the sample and of t-SNE.

    Returns:
        The figure. It shows a sample of more than 5,000 rows, or 1,000 with t-SNE, and says so in its title.

    Raises:
        InputError: There is no set, the sets have different numbers of rows, or a set fails `EmbeddingSet.check`.
    """
    if not sets:
        raise InputError("a picture of layers needs at least one set of vectors. Received: none")
    check_same_rows(sets)
    for each in sets:
        each.check()
    sampled = [each.sample(_MOST_POINTS[method], seed) for each in sets]
    across = min(_ACROSS, len(sampled))
    down = -(-len(sampled) // across)
    figure = Figure(figsize=(_SIDE * across, (_SIDE + 0.3) * down + 0.6), layout="constrained", facecolor="white")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for panel, each in zip(panels, sampled, strict=False):
        _draw(panel, each, method, seed)
    for panel in panels[len(sampled) :]:
        panel.set_visible(False)
    _legend(figure, panels[0], sampled[0])
    figure.suptitle(_title(sampled[0], method), color=INK, fontsize=11, x=0.01, ha="left")
    return figure


def _title(each: EmbeddingSet, method: Method) -> str:
    name = {"pca": "Principal components", "tsne": "t-SNE"}[method]
    points = f"{len(each.vectors):,} points"
    if each.left_out:
        points += f", {each.left_out:,} left out"
    return f"{name} by layer ({points})"


def _draw(axes: Axes, each: EmbeddingSet, method: Method, seed: int) -> None:
    found = principal_components(each.vectors, 2 if method == "pca" else _COMPONENTS_FOR_TSNE)
    places, note = found.project(each.vectors), f"{found.kept:.0%} of the variance"
    if method == "tsne":
        perplexity = min(_PERPLEXITY, (len(places) - 1) / 3)
        # On one core: if cores are shared, threads wait for each other far longer than they compute.
        with threadpool_limits(1):
            places, note = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(places), ""
    across, up = places.T
    size = float(np.clip(2_000 / len(places), 2, 16))
    for name, colour, members in _classes(each):
        axes.scatter(across[members], up[members], s=size, c=colour, label=name, linewidths=0, alpha=0.75)
    if _numeric(each):
        numbers = np.asarray(each.columns[str(each.colour)], float)
        axes.scatter(across, up, s=size, c=numbers, cmap="viridis", linewidths=0, alpha=0.75)
    axes.set_title(shown(each.name), color=INK, fontsize=9, loc="left")
    axes.set_xlabel(note, color=MUTED, fontsize=8)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(GRID)


def _numeric(each: EmbeddingSet) -> bool:
    return each.colour is not None and not isinstance(each.columns[each.colour][0], str)


def _classes(each: EmbeddingSet) -> list[tuple[str, str, np.ndarray]]:
    """Returns the name, colour and mask of each class; if there are too few colours, the rarer classes share a grey."""
    if _numeric(each):
        return []
    values = np.array(
        ["points"] * len(each.vectors) if each.colour is None else each.columns[each.colour], dtype=object
    )
    counts = Counter(values.tolist())
    most = len(SERIES) if len(counts) <= len(SERIES) else len(SERIES) - 1
    named = sorted(name for name, _ in counts.most_common(most))
    classes = [(name, colour, values == name) for name, colour in zip(named, SERIES, strict=False)]
    rest = ~np.isin(values.astype(str), np.array(named, dtype=str))
    return [*([(OTHERS, MUTED, rest)] if rest.any() else []), *classes]


def _legend(figure: Figure, axes: Axes, each: EmbeddingSet) -> None:
    if each.colour is None:
        return
    if _numeric(each):
        bar: Any = figure.colorbar(axes.collections[-1], ax=figure.axes, location="bottom", shrink=0.4, aspect=40)
        bar.set_label(shown(each.colour), color=MUTED, fontsize=8)
        bar.ax.tick_params(colors=MUTED, labelsize=8)
        return
    handles, labels = axes.get_legend_handles_labels()
    made = figure.legend(
        handles,
        [shown(label) for label in labels],
        loc="outside lower left",
        ncols=4,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        markerscale=3,
        title=shown(each.colour),
        title_fontsize=8,
        alignment="left",
    )
    made.get_title().set_color(MUTED)
