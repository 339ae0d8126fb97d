"""The activation functions of feed-forward layers and poolers, by their names in Hugging Face's `hidden_act`."""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras.errors import CheckpointError


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_tanh(x: Any) -> Any:
    """Computes GELU by its tanh approximation (Hendrycks and Gimpel 2016, section 2), as Google's checkpoints need."""
    return keras.activations.gelu(x, approximate=True)


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_erf(x: Any) -> Any:
    """Computes the exact GELU, x times the normal distribution function: Hugging Face's "gelu"."""
    return _gelu(tf.convert_to_tensor(x))


@tf.custom_gradient
def _gelu(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """Keeps only the slope for the backward pass; TensorFlow would keep three tensors and read memory twice as much."""
    share = 0.5 * (1 + tf.math.erf(x * math.sqrt(0.5)))
    slope = share + x * tf.exp(-0.5 * tf.square(x)) * (1 / math.sqrt(2 * math.pi))
    return x * share, lambda dy: dy * slope


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_clipped(x: Any) -> Any:
    """Computes the exact GELU, cut off at -10 and 10: Hugging Face's "gelu_10"."""
    return tf.clip_by_value(gelu_erf(x), -10.0, 10.0)


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_sigmoid(x: Any) -> Any:
    """Computes GELU by its sigmoid approximation (Hendrycks and Gimpel 2016, section 2): "quick_gelu"."""
    return x * tf.sigmoid(1.702 * x)


@keras.saving.register_keras_serializable(package="bert_keras")
def leaky_relu(x: Any) -> Any:
    """Computes the leaky ReLU with PyTorch's slope below 0, 0.01; that of Keras is 0.2."""
    return keras.activations.leaky_relu(x, negative_slope=0.01)


@keras.saving.register_keras_serializable(package="bert_keras")
def relu_squared(x: Any) -> Any:
    """Computes the square of ReLU (So et al. 2021): Hugging Face's "relu2"."""
    return tf.square(tf.nn.relu(x))


_BY_NAME: dict[str, Callable[[Any], Any]] = {
    "gelu": gelu_erf,
    "gelu_python": gelu_erf,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_accurate": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "gelu_python_tanh": gelu_tanh,
    "gelu_10": gelu_clipped,
    "quick_gelu": gelu_sigmoid,
    "relu": keras.activations.relu,
    "relu2": relu_squared,
    "relu6": keras.activations.relu6,
    "leaky_relu": leaky_relu,
    "silu": keras.activations.silu,
    "swish": keras.activations.silu,
    "hardswish": keras.activations.hard_silu,
    "mish": keras.activations.mish,
    "sigmoid": keras.activations.sigmoid,
    "tanh": keras.activations.tanh,
    "linear": keras.activations.linear,
}


def activation(name: str) -> Callable[[Any], Any]:
    """Returns the activation function with a Hugging Face name.

    Args:
        name: A name of transformers' `ACT2FN`, e.g. "gelu" (exact), "gelu_new" (tanh), "relu" or "silu". Those with
            weights of their own ("prelu", "xielu") and those that no encoder has are not supported.

    Returns:
        The activation function.

    Raises:
        CheckpointError: The name is not a supported activation.
    """
    if name not in _BY_NAME:
        raise CheckpointError(f"unknown activation. Received: {name!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
