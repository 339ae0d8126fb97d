"""The activation functions of BERT's feed-forward layers, by their names in Hugging Face's `hidden_act`."""

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


_BY_NAME: dict[str, Callable[[Any], Any]] = {
    "gelu": gelu_erf,
    "gelu_python": gelu_erf,
    "gelu_new": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": keras.activations.relu,
}


def activation(name: str) -> Callable[[Any], Any]:
    """Returns the activation function with a Hugging Face name.

    Args:
        name: "gelu" (exact), "gelu_new" (tanh), "relu", or one of Hugging Face's aliases of these.

    Returns:
        The activation function.

    Raises:
        CheckpointError: The name is not a supported activation.
    """
    if name not in _BY_NAME:
        raise CheckpointError(f"unknown activation. Received: {name!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
