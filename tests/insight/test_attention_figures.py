from pathlib import Path

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.attention_figures import grid_figure, heads_figure
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.reporting import write_paper_figure


@pytest.fixture
def inspection(classifier: TextClassifier) -> Inspection:
    return attention(classifier, "the film was played!")


def test_each_weight_from_the_least_on_is_a_line_as_dark_as_it_weighs(inspection: Inspection) -> None:
    figure = heads_figure(inspection, 1, [0, 1], least=0.1)
    for head, lines in enumerate(figure.axes[0].collections):
        weights = inspection.weights[1, head]
        assert sorted(lines.get_edgecolor()[:, 3]) == pytest.approx(sorted(weights[weights >= 0.1]))
        for path, shade in zip(lines.get_paths(), lines.get_edgecolor(), strict=True):
            ends = path.vertices[[0, -1], 1].round().astype(int)
            assert shade[3] == pytest.approx(weights[tuple(ends)], abs=1e-6)


def test_both_columns_name_the_tokens_and_no_head_means_the_mean(inspection: Inspection) -> None:
    axes = heads_figure(inspection, 0, least=0).axes[0]
    assert [text.get_text() for text in axes.texts] == [piece for piece in inspection.tokens.pieces for _ in range(2)]
    shades = axes.collections[0].get_edgecolor()[:, 3]
    assert sorted(shades) == pytest.approx(sorted(inspection.weights[0].mean(axis=0).ravel()), abs=1e-6)


def test_the_grid_shows_every_head_in_its_place(inspection: Inspection) -> None:
    figure = grid_figure(inspection)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == 4
    for image, weights in zip(images, inspection.weights.reshape(4, *inspection.weights.shape[2:]), strict=True):
        np.testing.assert_array_equal(np.asarray(image.get_array()), weights)


def test_what_is_not_there_is_refused(inspection: Inspection) -> None:
    for layer, heads, message in (
        (2, None, "from 0 to 1. Received: 2"),
        (0, [2], "from 0 to 1"),
        (0, [], "from 0 to 1"),
    ):
        with pytest.raises(InputError, match=message):
            heads_figure(inspection, layer, heads)


def test_figures_for_papers_are_the_same_each_time_and_keep_texts_as_texts(
    inspection: Inspection, tmp_path: Path
) -> None:
    first, second = (write_paper_figure(heads_figure(inspection, 0), tmp_path / name, 60) for name in ("one", "other"))
    assert [path.name for path in first] == ["one.pdf", "one.svg", "one.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].read_bytes().startswith(b"%PDF") and ">film</text>" in first[1].read_text()
