from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.insight import attention, gradient_attention, target_of
from bert_keras.insight.forward import forward
from bert_keras.insight.gradient_attention import attention_gradients, relevance

TEXT = "the film was not good"


def test_relevance_is_as_worked_out_by_hand() -> None:
    weights = np.array([[[[0.5, 0.5], [0, 1]]], [[[0.25, 0.75], [0.5, 0.5]]]], np.float32)
    gradients = np.array([[[[2, -1], [4, 1]]], [[[0, 4], [2, -2]]]], np.float32)
    # Of the first layer [[1, -0.5], [0, 1]] without what is below 0, of the second [[0, 3], [1, 0]] by the same rule.
    found = relevance(weights, gradients)
    np.testing.assert_allclose(found[0], [[2, 0], [0, 2]])
    np.testing.assert_allclose(found[1], [[2, 6], [2, 2]])


def test_heads_are_cut_off_at_0_before_their_mean() -> None:
    weights = np.full((1, 2, 1, 1), 1, np.float32)
    gradients = np.array([4, -4], np.float32).reshape(1, 2, 1, 1)
    np.testing.assert_allclose(relevance(weights, gradients), [[[3]]])


def last_layer_by_hand(model: TextClassifier, states: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Logits of what the last layer makes of given attention, `[heads, tokens, tokens]`."""
    layer: Any = model.backbone.transformer_layers[-1]
    values = tf.reshape(layer._dense(states, "value"), [len(states), layer.num_heads, -1])
    mixed = tf.reshape(tf.einsum("hij,jhd->ihd", tf.constant(weights), values), states.shape)
    x = layer._self_attention_layer_norm(states + layer._dense(mixed, "attention_output"))
    x = layer._feedforward_layer_norm(x + layer._dense(layer.activation(layer._dense(x, "intermediate")), "output"))
    return model.output_dense(model.backbone.pooled_dense(x[:1]))


def test_gradients_are_the_slopes_of_the_logit(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    target = target_of(inspection)
    states, weights = tf.constant(inspection.hidden_states[-2]), inspection.weights[-1]
    np.testing.assert_allclose(last_layer_by_hand(classifier, states, weights)[0], inspection.logits, atol=1e-5)
    gradients = attention_gradients(classifier, inspection.tokens.inputs(), target.score)[1][-1][0].numpy()
    for head, column in ((0, 0), (0, 3), (1, 2), (1, 6)):
        step = np.zeros_like(weights)
        step[head, 0, column] = 0.01
        above, below = (target.score(last_layer_by_hand(classifier, states, weights + of)) for of in (step, -step))
        np.testing.assert_allclose(gradients[head, 0, column], (above - below)[0] / 0.02, atol=2e-3)
    np.testing.assert_array_equal(gradients[:, 1:], 0)  # [CLS] alone is read


def test_rows_of_a_batch_have_the_gradients_that_they_have_alone(classifier: TextClassifier) -> None:
    texts = [TEXT, "bad film"]
    both = classifier.preprocessor(texts)
    of_both = attention_gradients(classifier, both, lambda outputs: outputs[:, 1])
    for row, text in enumerate(texts):
        tokens = attention(classifier, text).tokens
        alone = attention_gradients(classifier, tokens.inputs(), lambda outputs: outputs[:, 1])
        for together, single in zip(of_both, alone, strict=True):
            for layer, values in enumerate(single):
                np.testing.assert_allclose(together[layer][row, :, : len(tokens), : len(tokens)], values[0], atol=1e-5)


def test_a_frozen_model_has_the_same_relevance(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    before = gradient_attention(classifier, inspection.tokens, target_of(inspection))
    classifier.trainable = False
    try:
        np.testing.assert_array_equal(gradient_attention(classifier, inspection.tokens, target_of(inspection)), before)
    finally:
        classifier.trainable = True
    assert before.shape == (2, 7, 7)
    assert (before[1, 0] > np.eye(7)[0]).any()


def test_of_a_reader_rows_of_start_and_end_are_what_counts(extractor: SpanExtractor) -> None:
    inspection = attention(extractor, "the film ?", "café naive, the playing ! un b")
    target, tokens = target_of(inspection), inspection.tokens
    gradients = attention_gradients(extractor, tokens.inputs(), target.score)[1][-1][0].numpy()
    read = np.flatnonzero(np.abs(gradients).max(axis=(0, 2)))
    assert set(read.tolist()) == set(target.rows)
    assert forward(extractor, tokens.inputs()).attention[-1].shape == (1, 2, len(tokens), len(tokens))
