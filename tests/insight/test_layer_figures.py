from collections.abc import Callable

import numpy as np
import pytest

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.layer_figures import can_be_probed, probe_figure, similarity_figure
from bert_keras.reporting import png

LABELS = ["good", "bad"] * 15


def layer(name: str, told: float, labels: list[str] | list[float] = LABELS, seed: int = 0) -> EmbeddingSet:
    """Vectors whose first number tells the classes apart, the better the larger `told` is."""
    vectors = np.random.default_rng(seed).normal(size=(len(labels), 5)).astype(np.float32)
    vectors[:, 0] += told * (np.arange(len(labels)) % 2)
    return EmbeddingSet(name, vectors, {"label": labels}, "label")


def test_alike_layers_are_one_and_others_less() -> None:
    first = layer("first", 0)
    turned = EmbeddingSet("turned", first.vectors[:, ::-1] * 3, first.columns, "label")
    axes = similarity_figure([first, turned, layer("other", 0, seed=1)]).axes[0]
    alike = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(alike[:2, :2], 1, atol=1e-5)
    assert (alike[2, :2] < 0.6).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "turned", "other"]
    assert [text.get_text() for text in axes.texts][:3] == ["1.00", "1.00", f"{alike[0, 2]:.2f}"]


def test_a_probe_reads_classes_from_the_layer_that_holds_them() -> None:
    figure = probe_figure([layer("nothing", 0), layer("everything", 50)])
    axes = figure.axes[0]
    nothing, everything = axes.lines[0].get_ydata()
    assert nothing < 0.8
    assert everything == 1
    assert set(axes.lines[-1].get_ydata()) == {0.5}, "the share of the most frequent class"
    assert png(figure, dpi=40).startswith(b"\x89PNG")


def test_classes_of_a_single_row_are_left_out() -> None:
    labels = [*LABELS, "rare"]
    assert probe_figure([layer("a", 50, labels), layer("b", 50, labels)]).axes[0].lines[0].get_ydata().tolist() == [
        1,
        1,
    ]


@pytest.mark.parametrize(
    "labels", [["good"] * 6, ["a", "b", "c"], [0.5, 1.5, 2.5]], ids=["one class", "single rows", "numbers"]
)
def test_without_two_classes_there_is_nothing_to_probe(labels: list[str] | list[float]) -> None:
    vectors = layer("a", 0, labels)
    assert not can_be_probed(vectors)
    with pytest.raises(InputError, match="a: a probe needs two classes"):
        probe_figure([vectors, vectors])


@pytest.mark.parametrize("figure", [similarity_figure, probe_figure])
def test_layers_must_be_several_and_of_the_same_rows(figure: Callable[[list[EmbeddingSet]], object]) -> None:
    with pytest.raises(InputError, match="two sets of vectors at least. Received: 1"):
        figure([layer("a", 0)])
    with pytest.raises(InputError, match=r"same rows. Received: \[30, 4\]"):
        figure([layer("a", 0), layer("b", 0, LABELS[:4])])
