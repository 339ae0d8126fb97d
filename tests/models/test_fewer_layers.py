from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.models import layers_to_keep, with_layers

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "bad", "not a play!"]


@pytest.mark.parametrize(
    ("layers", "count", "of", "kept"),
    [
        (12, 6, "even", (2, 4, 6, 8, 10, 12)),
        (6, 3, "even", (2, 4, 6)),
        (6, 4, "even", (2, 3, 5, 6)),
        (12, 1, "even", (12,)),
        (3, 3, "even", (1, 2, 3)),
        (6, 2, "first", (1, 2)),
        (6, 2, "last", (5, 6)),
    ],
)
def test_layers_are_spread_or_at_an_end(layers: int, count: int, of: str, kept: tuple[int, ...]) -> None:
    assert layers_to_keep(layers, count, of) == kept  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 7])
def test_no_more_layers_than_there_are(count: int) -> None:
    with pytest.raises(InputError, match=f"must be from 1 to 6, which the model has. Received: {count}"):
        layers_to_keep(6, count)


@pytest.mark.parametrize("settings", [{}, {"embedding_dim": 4}, {"num_segments": 0}])
def test_a_model_of_fewer_layers_runs_those_that_were_kept(
    settings: dict[str, int], build_classifier: Build, tmp_path: Path
) -> None:
    whole = build_classifier(backbone={"num_layers": 4, **settings})
    small = with_layers(whole, (1, 4))
    inputs = whole.preprocessor(TEXTS)
    x = whole.backbone.embedded(inputs)
    for layer in (whole.backbone.transformer_layers[0], whole.backbone.transformer_layers[3]):
        x = layer(x, padding_mask=inputs["padding_mask"])
    expected = whole.output_dense(whole.pooled(x, inputs["padding_mask"]))
    np.testing.assert_allclose(small.logits(inputs), expected, atol=1e-6)
    assert (small.backbone.num_layers, whole.backbone.num_layers) == (2, 4)
    assert small.count_params() < whole.count_params()
    assert small.labels == whole.labels
    small.save_to_preset(str(tmp_path / "small"))
    loaded = TextClassifier.from_preset(str(tmp_path / "small"))
    np.testing.assert_allclose(loaded.logits(inputs), small.logits(inputs), atol=1e-6)


def test_a_model_with_adapters_has_to_be_saved_first(build_classifier: Build) -> None:
    model = build_classifier()
    model.adapt("a base", rank=2)
    with pytest.raises(InputError, match="adapters stand over all layers"):
        with_layers(model, (1,))
