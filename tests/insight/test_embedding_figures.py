import numpy as np
import pytest

from bert_keras.errors import InputError
from bert_keras.insight.embedding_figures import layers_figure
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.reporting import png


def layer(name: str, points: int = 40, classes: int = 2, seed: int = 0, numbers: bool = False) -> EmbeddingSet:
    """Classes that lie apart."""
    label = np.arange(points) % classes
    vectors = np.random.default_rng(seed).normal(size=(points, 6), scale=0.1).astype(np.float32)
    vectors[:, 0] += label * 5
    values = label.astype(float).tolist() if numbers else [f"class ${place}$" for place in label]
    return EmbeddingSet(name, vectors, {"label": values}, "label")


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_each_layer_has_a_panel_in_which_classes_have_colours_of_their_own(method: str) -> None:
    figure = layers_figure([layer("layer 1"), layer("layer $2"), layer("last", seed=2)], method)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == ["layer 1", r"layer \$2", "last"]
    for axes in panels:
        first, second = axes.collections
        assert first.get_facecolor().tolist() != second.get_facecolor().tolist()
        assert len(first.get_offsets()) == len(second.get_offsets()) == 20
        across = [np.asarray(group.get_offsets()) for group in (first, second)]
        nearest = np.linalg.norm(across[0][:, np.newaxis] - across[1], axis=-1).min()
        within = np.linalg.norm(across[0] - across[0].mean(axis=0), axis=-1).mean()
        assert nearest > within, "classes that lie apart are drawn apart"
    assert png(figure, dpi=40).startswith(b"\x89PNG")


def test_rare_classes_share_a_grey_and_numbers_a_scale() -> None:
    figure = layers_figure([layer("many", 200, classes=11)])
    assert len(figure.axes[0].collections) == 7
    assert "(others)" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(layers_figure([layer("numbers", numbers=True)]).axes) == 2  # the panel and the scale


def test_a_sample_is_drawn_and_said_to_be_one() -> None:
    figure = layers_figure([layer("many", 5_200)])
    assert figure.get_suptitle() == "Principal components by layer (5,000 points, 200 left out)"
    assert sum(len(group.get_offsets()) for group in figure.axes[0].collections) == 5_000


def test_sets_of_different_rows_are_refused() -> None:
    with pytest.raises(InputError, match=r"same rows. Received: \[40, 41\]"):
        layers_figure([layer("a"), layer("b", 41)])
    with pytest.raises(InputError, match="at least one set"):
        layers_figure([])
