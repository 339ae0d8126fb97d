from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier
from bert_keras.insight import Inspection, attention, norm_attention, norm_attention_of_layers
from bert_keras.insight.norm_attention import head_vectors
from bert_keras.models.low_rank import low_rank_of, merged

TEXT = "the film was not good"


@pytest.fixture
def adapted(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    """A classifier with adapters that change what it computes."""
    model = build_classifier()
    before = attention(model, TEXT)
    model.adapt("somewhere", rank=2)
    for number, adapter in enumerate(low_rank_of(model.backbone).values()):
        adapter.up.assign(np.random.default_rng(number).normal(0, 0.3, adapter.up.shape))
    assert np.abs(attention(model, TEXT).hidden_states - before.hidden_states).max() > 0.01
    return model


def attention_outputs(inspection: Inspection) -> list[np.ndarray]:
    """What attention adds to the hidden states in each layer, without the bias, by the layers' own code."""
    made = []
    for layer, states in zip(inspection.model.backbone.transformer_layers, inspection.hidden_states[:-1], strict=True):
        x = tf.constant(states[np.newaxis])
        attended, _ = layer._attend(x, x, tf.ones(x.shape[:2], tf.int32), False)
        made.append((attended - tf.reshape(layer.dense_of("attention_output").bias, [-1])).numpy())
    return made


def vectors_of(inspection: Inspection, layer: int) -> np.ndarray:
    """The vectors `a_ij f(x_j)` of a layer, `[heads, from, to, hidden]`."""
    made = head_vectors(inspection.model.backbone.transformer_layers[layer], inspection.hidden_states[layer])
    return inspection.weights[layer][..., np.newaxis] * made[:, np.newaxis]


def test_the_vectors_add_up_to_the_output_of_attention(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    for layer, added in enumerate(attention_outputs(inspection)):
        np.testing.assert_allclose(vectors_of(inspection, layer).sum(axis=(0, 2)), added, atol=1e-5)


def test_the_vectors_of_live_adapters_and_of_merged_ones_add_up_too(adapted: TextClassifier) -> None:
    live = attention(adapted, TEXT)
    for layer, added in enumerate(attention_outputs(live)):
        np.testing.assert_allclose(vectors_of(live, layer).sum(axis=(0, 2)), added, atol=1e-5)
    before = norm_attention(adapted, live.tokens)
    with merged(adapted):
        np.testing.assert_allclose(norm_attention(adapted, live.tokens), before, atol=1e-5)


def test_norms_are_those_of_the_vectors(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    by_head, of_layers = (
        norm_attention(classifier, inspection.tokens),
        norm_attention_of_layers(classifier, inspection.tokens),
    )
    assert by_head.shape == (2, 2, 7, 7)
    assert of_layers.shape == (2, 7, 7)
    for layer in range(2):
        vectors = vectors_of(inspection, layer)
        np.testing.assert_allclose(by_head[layer], np.linalg.norm(vectors, axis=-1), atol=1e-5)
        np.testing.assert_allclose(of_layers[layer], np.linalg.norm(vectors.sum(axis=0), axis=-1), atol=1e-5)


def test_a_head_whose_values_are_0_has_no_norm_whatever_its_weights(
    build_classifier: Callable[..., TextClassifier],
) -> None:
    model = build_classifier()
    value = model.backbone.transformer_layers[0].dense_of("value")
    for variable in (value.kernel, value.bias):
        values = variable.value.numpy()
        values[..., 1, :] = 0  # [hidden, heads, size]
        variable.assign(values)
    inspection = attention(model, TEXT)
    norms = norm_attention(model, inspection.tokens)
    assert inspection.weights[0, 1].max() > 0.2
    np.testing.assert_array_equal(norms[0, 1], 0)
    assert norms[0, 0].max() > 0.1
