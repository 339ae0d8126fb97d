from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import masked_heads
from bert_keras.models.low_rank import low_rank_of
from bert_keras.serving import export, saved_model
from bert_keras.serving.check.graph import read_saved_model, serve_graphs
from bert_keras.serving.check.weights import constants
from bert_keras.serving.encoder.kept_heads import KeptHeads
from bert_keras.serving.signature_inputs import TOKEN_SIGNATURE

# A layer without some heads, one with all, and one without any.
LEFT_OUT = [(0, 1), (0, 3), (2, 0), (2, 1), (2, 2), (2, 3)]
BACKBONE = {"num_layers": 4, "num_heads": 4, "hidden_dim": 16}
TEXTS = ["the film was good", "bad", "not a play ! un b c d"]


def build(build_classifier: Callable[..., TextClassifier], pooling: str) -> TextClassifier:
    """A classifier with adapters, whose rows are left out too."""
    model = build_classifier(backbone=BACKBONE, pooling=pooling)
    model.adapt("somewhere", rank=2)
    for number, adapter in enumerate(low_rank_of(model.backbone).values()):
        adapter.up.assign(np.random.default_rng(number).normal(0, 0.3, adapter.up.shape))
    return model


def answered(version: Path, model: TextClassifier) -> np.ndarray:
    inputs = {name: tf.constant(values) for name, values in model.preprocessor(TEXTS).items()}
    served = tf.saved_model.load(str(version)).signatures[TOKEN_SIGNATURE]
    return served(**inputs)["probabilities"].numpy()


def shapes(version: Path) -> set[tuple[int, ...]]:
    """The shapes of the constants of an export."""
    (graph,) = serve_graphs(read_saved_model(version))
    return {tuple(array.shape) for array in constants(graph)}


@pytest.mark.parametrize("pooling", ["cls", "unit_mean"])
def test_an_export_without_heads_answers_as_the_model_with_them_masked(
    pooling: str, build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    model = build(build_classifier, pooling)
    whole = export(model, tmp_path / "whole", signatures=["token_ids"])
    before = answered(whole, model)
    with masked_heads(model, LEFT_OUT):
        pruned = export(model, tmp_path / "pruned", signatures=["token_ids"])
        expected = tf.nn.softmax(model.logits(model.preprocessor(TEXTS))).numpy()
    np.testing.assert_allclose(answered(pruned, model), expected, atol=1e-6)
    assert np.abs(expected - before).max() > 1e-3
    # With every head stay four columns of its values, and each six of its queries and keys, two of which are marks.
    assert {(16, 48), (16, 16)} <= shapes(whole) and not shapes(whole) & {(16, 8), (8, 16)}
    assert {(16, 24), (16, 8), (8, 16), (16, 12), (16, 4), (4, 16), (16, 48)} <= shapes(pruned)
    sizes: Sequence[int] = [(version / "saved_model.pb").stat().st_size for version in (whole, pruned)]
    assert sizes[1] < sizes[0] - 4 * (2 + 3) * 4 * 4 * 16  # bytes: float32, heads, matrices, columns, rows


def test_who_asks_for_the_attention_of_heads_gets_that_of_all(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, asked = build_classifier(), list[bool]()

    def noted(task: object, weights: object, loops: bool, every_head: bool) -> None:
        asked.append(every_head)
        raise InputError("that is all")

    monkeypatch.setattr(saved_model, "signatures_of", noted)
    for signatures in (["explain"], ["strings"], ["strings", "explain"]):
        with pytest.raises(InputError, match="that is all"):
            export(model, tmp_path / "explained", signatures=signatures)
    assert asked == [True, False, True]
    with masked_heads(model, [(0, 1)]):
        assert [KeptHeads(model.backbone, every).count(0) for every in (True, False)] == [2, 1]
