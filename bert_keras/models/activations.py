"""The activations of BERT's feed-forward layers, under the names of Hugging Face's `hidden_act`."""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras.errors import CheckpointError


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_tanh(x: Any) -> Any:
    """GELU by its tanh approximation (Hendrycks and Gimpel 2016, section 2), which Google's checkpoints were trained with."""
    return keras.activations.gelu(x, approximate=True)


@keras.saving.register_keras_serializable(package="bert_keras")
def gelu_erf(x: Any) -> Any:
    """GELU itself, x times the normal distribution function: what Hugging Face calls "gelu"."""
    return _gelu(tf.convert_to_tensor(x))


@tf.custom_gradient
def _gelu(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """Keeps the slope alone between the passes; TensorFlow would keep three tensors and pass over memory twice as often."""
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
    """Returns an activation by Hugging Face's name for it.

    Args:
        name: "gelu" (exact), "gelu_new" (tanh) or "relu", or another of their names.

    Returns:
        The function.

    Raises:
        CheckpointError: BERT is not built with an activation of that name here.
    """
    if name not in _BY_NAME:
        raise CheckpointError(f"unknown activation. Received: {name!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
