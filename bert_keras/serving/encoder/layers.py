"""The layers of an export, in the forms that TensorFlow fuses on processors with and without oneDNN."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.models.activations import gelu_erf
from bert_keras.serving.encoder.weights import ServedWeights, values


def dense(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Multiplies rows `[rows, inputs]` by a kernel and adds a bias, which becomes one op with what follows."""
    return tf.nn.bias_add(tf.matmul(x, kernel), bias)


def layer_norm(x: tf.Tensor, layer: Any, weights: ServedWeights, name: str) -> tf.Tensor:
    """Normalizes rows `[rows, hidden]` over their last axis (Ba et al. 2016).

    Args:
        x: The rows.
        layer: The Keras layer, whose epsilon and weights are taken.
        weights: The weights of the export.
        name: The name of the layer's weights.

    Returns:
        The rows in the same dtype.
    """
    gamma = weights(f"{name}/gamma", lambda: values(layer.gamma))
    beta = weights(f"{name}/beta", lambda: values(layer.beta))
    if x.dtype == tf.bfloat16:
        return _as_batch_norm(x, layer.epsilon) * gamma + beta
    mean = tf.reduce_mean(x, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(x, mean), axis=-1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + layer.epsilon) * gamma + beta


def _as_batch_norm(x: tf.Tensor, epsilon: float) -> tf.Tensor:
    """Normalizes rows as the channels of one picture: with oneDNN it and the scaling become one op, a layer norm."""
    rows, hidden = tf.shape(x)[0], x.shape[-1]
    nothing = tf.zeros([0])
    y = tf.raw_ops.FusedBatchNormV3(
        x=tf.reshape(x, tf.stack([1, rows, hidden, 1])),
        scale=tf.ones([rows]),
        offset=tf.zeros([rows]),
        mean=nothing,
        variance=nothing,
        epsilon=epsilon,
        data_format="NCHW",
        is_training=True,
    ).y
    return tf.reshape(y, tf.stack([rows, hidden]))


def fused(activation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Returns an activation in the form that becomes one op with the product before it."""
    return _gelu_fused if activation is gelu_erf else activation


def _gelu_fused(x: tf.Tensor) -> tf.Tensor:
    """Computes the exact GELU by erf: oneDNN fuses it like `tf.nn.gelu`, whose erfc takes 4 times as long without it.

    Of this order of the products LiteRT makes its own op.
    """
    return 0.5 * x * (1.0 + tf.math.erf(x * math.sqrt(0.5)))


def dense_weights(
    weights: ServedWeights, name: str, layer: Any, dtype: tf.DType | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the kernel and the bias of a layer as weights of the export, under the layer's name."""
    kernel = weights(f"{name}/kernel", lambda: kernel_and_bias(layer)[0], dtype)
    return kernel, weights(f"{name}/bias", lambda: kernel_and_bias(layer)[1], dtype)


def kernel_and_bias(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns the kernel `[inputs, outputs]` and the bias `[outputs]` of a dense or einsum layer of the encoder."""
    kernel, bias = values(layer.kernel), values(layer.bias).reshape(-1)
    return kernel.reshape(-1, len(bias)), bias
