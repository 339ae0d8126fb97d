import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.models.layer_normalization import LayerNormalization


@pytest.fixture
def x() -> tf.Variable:
    return tf.Variable(np.random.default_rng(0).normal(3, 2, size=(5, 7, 16)).astype(np.float32))


def both(epsilon: float = 1e-5) -> tuple[LayerNormalization, keras.layers.LayerNormalization]:
    layers = LayerNormalization(epsilon=epsilon), keras.layers.LayerNormalization(epsilon=epsilon)
    for layer in layers:
        layer.build((None, None, 16))
        layer.gamma.assign(np.linspace(-1, 2, 16))
        layer.beta.assign(np.linspace(1, 0, 16))
    return layers


@pytest.mark.parametrize("epsilon", [1e-12, 1e-5, 0.1])
def test_it_normalizes_as_kerass_does(x: tf.Variable, epsilon: float) -> None:
    ours, theirs = both(epsilon)
    np.testing.assert_allclose(ours(x), theirs(x), atol=2e-6)


def test_its_gradients_are_those_that_tensorflow_derives(x: tf.Variable) -> None:
    weights = tf.random.stateless_normal([5, 7, 16], seed=[1, 2])
    gradients = []
    for layer in both():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x) * weights)
        gradients.append(tape.gradient(total, [x, layer.gamma.value, layer.beta.value]))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_it_computes_in_float32_under_a_policy_of_bfloat16() -> None:
    layer = LayerNormalization(epsilon=1e-12, dtype="mixed_bfloat16")
    y = layer(tf.constant([[1000.0, 1004.0]], tf.bfloat16))
    assert y.dtype == tf.bfloat16
    np.testing.assert_array_equal(tf.cast(y, tf.float32), [[-1, 1]])
