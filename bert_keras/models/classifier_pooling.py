"""What the head of a classifier reads: the pooled output of `[CLS]`, or the mean of the tokens, of length 1."""

from typing import Any, Literal, TypeAlias, get_args

import keras
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.pooling import POOLINGS

Pooling: TypeAlias = Literal["cls", "unit_mean"]
"""The vector that a classifier's head reads; see `TextClassifier`."""


def check_pooling(pooling: Any) -> None:
    """Checks the name of a pooling.

    Args:
        pooling: The name.

    Raises:
        InputError: It is unknown.
    """
    if pooling not in get_args(Pooling):
        raise InputError(f"pooling must be one of {', '.join(get_args(Pooling))}. Received: {pooling!r}")


def unit_mean(hidden: tf.Tensor, padding_mask: tf.Tensor) -> tf.Tensor:
    """Computes the direction of the mean over the tokens of each row, `[CLS]` and `[SEP]` included.

    The longer a text, the shorter is the mean of its tokens: without the division, a head that was fitted on short
    texts would take long ones for something else.

    Args:
        hidden: The hidden states, `[batch, tokens, hidden]`.
        padding_mask: 1 for tokens and 0 for padding, `[batch, tokens]`.

    Returns:
        The means divided by their lengths, `[batch, hidden]` float32.
    """
    mean = POOLINGS["mean"](tf.cast(hidden, tf.float32), tf.cast(padding_mask, tf.float32))
    return tf.math.l2_normalize(mean, axis=-1)


@keras.saving.register_keras_serializable(package="bert_keras")
class UnitMean(keras.layers.Layer):
    """The direction of the mean over the tokens of each row; see `unit_mean`."""

    def __init__(self, **kwargs: Any) -> None:
        # In float32 whatever the encoder computes in: a sum over hundreds of tokens loses too much in half precision.
        super().__init__(**({"dtype": "float32"} | kwargs))

    def call(self, hidden: Any, padding_mask: Any) -> Any:
        """Returns the vectors, `[batch, hidden]` float32."""
        return unit_mean(hidden, padding_mask)

    def compute_output_spec(self, hidden: Any, padding_mask: Any) -> keras.KerasTensor:
        """Returns the shape and dtype of the output, for building a functional model."""
        return keras.KerasTensor((hidden.shape[0], hidden.shape[2]), dtype="float32")
