"""The figures for papers: the attention heads for each text, and the embeddings and classes of rows by layer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from bert_keras.errors import InputError
from bert_keras.insight.attention_figures import grid_figure, heads_figure
from bert_keras.insight.embedding_figures import layers_figure
from bert_keras.insight.embedding_set import FEWEST, EmbeddingSet
from bert_keras.insight.layer_figures import can_be_probed, probe_figure, similarity_figure
from bert_keras.reporting.drawing import write_paper_figure

from .looks import Look
from .tables import important_heads

_HEADS = 4  # the number of heads shown for each text, the most important ones


def write_figures(folder: Path, looks: Sequence[Look], sets: Sequence[EmbeddingSet]) -> list[Path]:
    """Writes figures, each as PDF, SVG and PNG.

    Args:
        folder: The folder to write to.
        looks: The inspected texts. The file names of each begin with its number.
        sets: The embeddings of rows by layer; may be empty.

    Returns:
        The written files.
    """
    digits = len(str(len(looks)))
    written = []
    for number, look in enumerate(looks, 1):
        for name, figure in _of_look(look):
            written += write_paper_figure(figure, folder / f"{number:0{digits}}-{name}")
    # The mean vectors over tokens are drawn, since the input vector of [CLS] is the same in every row.
    means = [each for each in sets if each.name.startswith("mean ")]
    if means and len(means[0].vectors) >= FEWEST:
        for name, figure in _of_rows(means):
            written += write_paper_figure(figure, folder / name)
    return written


def _of_rows(layers: Sequence[EmbeddingSet]) -> Iterator[tuple[str, Figure]]:
    yield "rows-by-layer", layers_figure(layers)
    if len(layers) > 1:
        yield "layers-alike", similarity_figure(layers)
        if can_be_probed(layers[0]):
            yield "labels-by-layer", probe_figure(layers)


def _of_look(look: Look) -> Iterator[tuple[str, Figure]]:
    yield "grid", grid_figure(look.inspection)
    by_layer: dict[int, list[int]] = {}
    for name, _ in important_heads(look.record.header, _HEADS):
        layer, head = map(int, name.split("."))
        by_layer.setdefault(layer, []).append(head)
    for layer, heads in sorted(by_layer.items()):
        try:
            yield (
                f"layer-{layer}-heads-{'-'.join(map(str, sorted(heads)))}",
                heads_figure(look.inspection, layer, sorted(heads)),
            )
        except InputError:
            return  # the text is too long for a readable picture; its grid is written
