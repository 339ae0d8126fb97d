"""Attention figures for papers: heads as lines between two columns of tokens, or all heads of a model as a grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgb
from matplotlib.figure import Figure

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection
from bert_keras.reporting.drawing import INK, MUTED, SERIES, shown

_MOST_TOKENS = 128  # with more, the tokens of a column are illegible
_ROW = 0.19  # inches
_CURVE = np.linspace(0, 1, 24)
_LEAST = 0.02  # the smallest attention weight that is drawn
_SHADES = LinearSegmentedColormap.from_list("shades", [(1.0, 1.0, 1.0), to_rgb(SERIES[0])])


def heads_figure(
    inspection: Inspection, layer: int, heads: Sequence[int] | None = None, least: float = _LEAST
) -> Figure:
    """Draws heads of one layer as lines from the attending tokens on the left to the attended tokens on the right.

    The larger the attention weight, the darker the line.

    Args:
        inspection: The result of `insight.attention`.
        layer: The index of the layer, from 0.
        heads: The indices of the heads, from 0, each drawn in its own colour; `None` means the mean over all heads.
        least: The smallest weight that is drawn.

    Returns:
        The figure.

    Raises:
        InputError: The layer or a head does not exist, there are more heads than colours, or the row has more than 128
            tokens.
    """
    pieces = inspection.tokens.pieces
    weights = _layer(inspection, layer)
    if len(pieces) > _MOST_TOKENS:
        raise InputError(
            f"a picture shows at most {_MOST_TOKENS} tokens; look at longer texts in the Attention tab. "
            f"Received: {len(pieces)}"
        )
    shown_heads = _heads(weights, heads)
    figure = Figure(figsize=(3.6, _ROW * len(pieces) + 0.7), layout="constrained", facecolor="white")
    axes = figure.add_subplot(facecolor="none")
    for name, colour, matrix in shown_heads:
        _draw_lines(axes, matrix, colour, least)
        axes.plot([], [], color=colour, label=name)
    for place, piece in enumerate(pieces):
        axes.text(-0.03, place, shown(piece), ha="right", va="center", fontsize=8, color=INK)
        axes.text(1.03, place, shown(piece), ha="left", va="center", fontsize=8, color=INK)
    axes.set_xlim(-0.8, 1.8)
    axes.set_ylim(len(pieces) - 0.4, -0.6)
    axes.set_axis_off()
    axes.set_title(f"Layer {layer}", color=INK, fontsize=10, loc="left")
    if heads is not None:
        figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=8, labelcolor=INK)
    return figure


def grid_figure(inspection: Inspection) -> Figure:
    """Draws the attention matrices of all heads of a model as a grid, with layers down and heads across.

    In each matrix, attending tokens run down and attended tokens run across.

    Args:
        inspection: The result of `insight.attention`.

    Returns:
        The figure. The colour scales with the square root of a weight, so that small weights are visible.
    """
    layers, heads = inspection.weights.shape[:2]
    figure = Figure(figsize=(0.75 * heads + 1.1, 0.75 * layers + 0.6), facecolor="white", layout="constrained")
    panels = figure.subplots(layers, heads, squeeze=False)
    image: Any = None
    for (layer, head), axes in np.ndenumerate(panels):
        norm = PowerNorm(0.5, vmin=0, vmax=1)
        image = axes.imshow(
            inspection.weights[layer, head], cmap=_SHADES, norm=norm, interpolation="none", aspect="auto"
        )
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_color(MUTED)
            spine.set_linewidth(0.5)
        if layer == 0:
            axes.set_title(str(head), color=INK, fontsize=8)
        if head == 0:
            axes.set_ylabel(str(layer), color=INK, fontsize=8, rotation=0, ha="right", va="center")
    figure.supxlabel("head", color=MUTED, fontsize=9)
    figure.supylabel("layer", color=MUTED, fontsize=9)
    bar = figure.colorbar(image, ax=panels, shrink=0.6, aspect=30)
    bar.set_label("attention", color=MUTED, fontsize=8)
    bar.ax.tick_params(colors=MUTED, labelsize=7)
    bar.outline.set_edgecolor(MUTED)
    return figure


def _layer(inspection: Inspection, layer: int) -> np.ndarray:
    layers = len(inspection.weights)
    if not 0 <= layer < layers:
        raise InputError(f"the model's layers are numbered from 0 to {layers - 1}. Received: {layer}")
    return inspection.weights[layer]


def _heads(weights: np.ndarray, heads: Sequence[int] | None) -> list[tuple[str, str, np.ndarray]]:
    """Returns the name, colour and attention matrix of each head to draw."""
    if heads is None:
        return [("mean of all heads", SERIES[0], weights.mean(axis=0))]
    wrong = [head for head in heads if not 0 <= head < len(weights)]
    if wrong or not heads:
        raise InputError(f"the layer's heads are numbered from 0 to {len(weights) - 1}. Received: {list(heads)}")
    if len(heads) > len(SERIES):
        raise InputError(f"a picture tells at most {len(SERIES)} heads apart. Received: {len(heads)}")
    return [(f"head {head}", colour, weights[head]) for head, colour in zip(heads, SERIES, strict=False)]


def _draw_lines(axes: Axes, matrix: np.ndarray, colour: str, least: float) -> None:
    """Draws a curve from each token on the left to each token on the right, as dark as its weight."""
    froms, tos = np.nonzero(matrix >= least)
    bend = _CURVE**2 * (3 - 2 * _CURVE)  # horizontal at both ends
    lines = [np.stack([_CURVE, start + (end - start) * bend], axis=1) for start, end in zip(froms, tos, strict=True)]
    order = np.argsort(matrix[froms, tos], kind="stable")  # the darkest on top
    shades = [(*to_rgb(colour), float(min(1.0, weight))) for weight in matrix[froms, tos][order]]
    axes.add_collection(LineCollection([lines[place] for place in order], colors=shades, linewidths=1.4))
