"""The layers of a text encoder's head: pooling, and the division of a vector by its length."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from bert_keras.models.pooling import POOLINGS

_LEAST_LENGTH = 1e-12  # of a vector, as in torch.nn.functional.normalize


@keras.saving.register_keras_serializable(package="bert_keras")
class TokenPooling(keras.layers.Layer):
    """Makes one vector of each row from the vectors of its tokens.

    Args:
        modes: The ways of pooling, of `POOLINGS`; the vectors of several are joined.
        **kwargs: Further arguments of a Keras layer: `name`.
    """

    def __init__(self, modes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.modes = tuple(modes)

    def call(self, tokens: Any, mask: Any) -> tf.Tensor:
        """Returns vectors `[batch, size]` float32 of token vectors `[batch, tokens, size]` and their mask."""
        tokens, mask = tf.cast(tokens, tf.float32), tf.cast(mask, tf.float32)
        return tf.concat([POOLINGS[mode](tokens, mask) for mode in self.modes], axis=-1)

    def compute_output_spec(self, tokens: Any, mask: Any) -> keras.KerasTensor:
        """Returns the shape and dtype of the output, for building a functional model."""
        return keras.KerasTensor((tokens.shape[0], len(self.modes) * tokens.shape[-1]), dtype="float32")


@keras.saving.register_keras_serializable(package="bert_keras")
class UnitLength(keras.layers.Layer):
    """Divides each vector by its length, so that the product of two is the cosine of their angle."""

    def call(self, vectors: Any) -> tf.Tensor:
        """Returns the vectors `[batch, size]` at length 1; a vector of zeros stays one, and has a gradient."""
        return tf.math.l2_normalize(vectors, axis=-1, epsilon=_LEAST_LENGTH**2)
