from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertBackbone
from bert_keras.checkpoints import BACKBONE_SETTINGS
from bert_keras.errors import CheckpointError

Build = Callable[..., BertBackbone]
BASE = {"num_layers": 12, "num_heads": 12, "hidden_dim": 768, "intermediate_dim": 3072}
LARGE = {"num_layers": 24, "num_heads": 16, "hidden_dim": 1024, "intermediate_dim": 4096}
OTHER: dict[str, Any] = {
    "activation": "relu",
    "dropout": 0.2,
    "attention_dropout": 0.3,
    "max_sequence_length": 20,
    "num_segments": 3,
    "layer_norm_epsilon": 1e-5,
    "initializer_range": 0.3,
    "pooler": False,
}


def inputs(rows: list[list[int]], width: int) -> dict[str, np.ndarray]:
    token_ids = np.array([row + [0] * (width - len(row)) for row in rows], np.int32)
    return {
        "token_ids": token_ids,
        "segment_ids": np.zeros_like(token_ids),
        "padding_mask": (token_ids != 0).astype(np.int32),
    }


def run(backbone: BertBackbone, given: dict[str, np.ndarray], training: bool = False) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in backbone(given, training=training).items()}


@pytest.mark.parametrize(("shape", "parameters"), [(BASE, 109_482_240), (LARGE, 335_141_888)])
def test_berts_of_the_published_sizes_have_as_many_parameters_as_published(
    shape: dict[str, int], parameters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zeros of two bytes each: random numbers would take most of the time, and float32 twice the memory.
    monkeypatch.setattr(keras.initializers, "TruncatedNormal", lambda stddev: keras.initializers.Zeros())
    assert BertBackbone(vocabulary_size=30522, **shape, dtype="bfloat16").count_params() == parameters


def test_outputs_are_a_vector_for_each_token_and_one_for_the_row(build_backbone: Build) -> None:
    found = run(build_backbone(), inputs([[2, 11, 12, 3], [2, 3]], width=6))
    assert {name: value.shape for name, value in found.items()} == {
        "sequence_output": (2, 6, 8),
        "pooled_output": (2, 8),
    }


def test_without_a_pooler_there_is_no_pooled_output(build_backbone: Build) -> None:
    assert list(run(build_backbone(pooler=False), inputs([[2, 11, 3]], width=4))) == ["sequence_output"]


def test_padding_changes_nothing_about_the_tokens(build_backbone: Build) -> None:
    backbone = build_backbone()
    short, long = (run(backbone, inputs([[2, 11, 12, 3]], width=width)) for width in (4, 16))
    np.testing.assert_allclose(long["sequence_output"][:, :4], short["sequence_output"], atol=1e-6)
    np.testing.assert_allclose(long["pooled_output"], short["pooled_output"], atol=1e-6)


@pytest.mark.parametrize("changed", ["token_ids", "segment_ids"])
def test_every_input_counts(changed: str, build_backbone: Build) -> None:
    backbone, given = build_backbone(), inputs([[2, 11, 12, 3]], width=4)
    other = given | {changed: given[changed] + np.array([[0, 0, 1, 0]], np.int32)}
    assert np.abs(run(backbone, given)["pooled_output"] - run(backbone, other)["pooled_output"]).max() > 1e-3


def test_the_order_of_tokens_counts(build_backbone: Build) -> None:
    backbone = build_backbone()
    first, second = (run(backbone, inputs([row], width=4))["pooled_output"] for row in ([2, 11, 12, 3], [2, 12, 11, 3]))
    assert np.abs(first - second).max() > 1e-3


def test_the_configuration_comes_back_whole(build_backbone: Build) -> None:
    backbone = build_backbone(**OTHER)
    again = BertBackbone.from_config(backbone.get_config())
    assert {name: getattr(again, name) for name in OTHER} == OTHER
    assert {name: getattr(again, name) for name in BACKBONE_SETTINGS} == {
        name: getattr(backbone, name) for name in BACKBONE_SETTINGS
    }


def test_weights_go_from_one_backbone_to_another_of_its_configuration(build_backbone: Build) -> None:
    first, second = build_backbone(seed=1), build_backbone(seed=2)
    given = inputs([[2, 11, 12, 3]], width=4)
    assert np.abs(run(first, given)["pooled_output"] - run(second, given)["pooled_output"]).max() > 1e-3
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(run(first, given)["pooled_output"], run(second, given)["pooled_output"])


def test_fresh_weights_have_the_spread_asked_for(build_backbone: Build) -> None:
    layer = build_backbone(hidden_dim=64, intermediate_dim=256, initializer_range=0.02).transformer_layers[0]
    kernel = np.asarray(layer._feedforward_intermediate_dense.kernel)
    # BERT's normal is cut at two standard deviations, which leaves 0.88 of one.
    assert kernel.std() == pytest.approx(0.88 * 0.02, rel=0.05)
    assert np.abs(kernel).max() <= 2 * 0.02


def test_two_layers_start_from_different_weights(build_backbone: Build) -> None:
    first, second = (layer._feedforward_intermediate_dense.kernel for layer in build_backbone().transformer_layers)
    assert np.abs(np.asarray(first) - np.asarray(second)).max() > 0.1


def test_the_dropouts_of_attention_and_of_hidden_states_are_apart(build_backbone: Build) -> None:
    layer = build_backbone(dropout=0.2, attention_dropout=0.3).transformer_layers[0]
    assert layer._attention_weights_dropout.rate == 0.3
    assert (layer._self_attention_dropout.rate, layer._feedforward_dropout.rate) == (0.2, 0.2)
    assert (layer.dropout, layer.attention_dropout) == (0.2, 0.3)
    assert layer.get_config()["attention_dropout"] == 0.3


@pytest.mark.parametrize(
    ("dropouts", "differs"),
    [
        ({"dropout": 0.0, "attention_dropout": 0.0}, False),
        ({"dropout": 0.0, "attention_dropout": 0.5}, True),
        ({"dropout": 0.5, "attention_dropout": 0.0}, True),
    ],
)
def test_each_dropout_acts_in_training_alone(dropouts: dict[str, float], differs: bool, build_backbone: Build) -> None:
    backbone, given = build_backbone(**dropouts), inputs([[2, 11, 12, 13, 14, 3]] * 4, width=8)
    plain, again, trained = run(backbone, given), run(backbone, given), run(backbone, given, training=True)
    np.testing.assert_array_equal(plain["sequence_output"], again["sequence_output"])
    assert bool(np.abs(plain["sequence_output"] - trained["sequence_output"]).max() > 1e-3) is differs


def test_attention_weights_are_dropped_at_the_rate_of_attention(build_backbone: Build) -> None:
    backbone = build_backbone(dropout=0.0, attention_dropout=0.5)
    layer = backbone.transformer_layers[0]
    x = np.random.default_rng(0).normal(size=(64, 6, 8)).astype(np.float32)
    _, attention = layer(tf.constant(x), return_attention_scores=True)
    np.testing.assert_allclose(np.asarray(attention).sum(-1), 1, rtol=1e-6)
    dropped = np.asarray(layer._attention_weights_dropout(attention, training=True)) == 0
    assert dropped.mean() == pytest.approx(0.5, abs=0.02)


def test_the_first_row_alone_is_the_first_row_of_all(build_backbone: Build) -> None:
    layer = build_backbone().transformer_layers[0]
    x = tf.constant(np.random.default_rng(0).normal(size=(3, 6, 8)).astype(np.float32))
    mask = tf.constant([[1] * 6, [1] * 3 + [0] * 3, [1] + [0] * 5])
    first = layer(x, padding_mask=mask, first_row_only=True)
    assert first.shape == (3, 1, 8)
    np.testing.assert_allclose(first, layer(x, padding_mask=mask)[:, :1], atol=1e-6)


def test_an_unknown_activation_is_met_with_those_known() -> None:
    with pytest.raises(CheckpointError, match=r"unknown activation\. Received: 'xielu'; known are gelu, ") as caught:
        BertBackbone(5, 1, 1, 8, 16, activation="xielu")
    assert "\n" not in str(caught.value)
