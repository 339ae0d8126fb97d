"""The bias of a masked language model's output, one number for each token of the vocabulary."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="bert_keras")
class VocabularyBias(keras.layers.Layer):
    """Adds a bias to logits `[batch, tokens, vocabulary]`."""

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the bias, zero."""
        self.bias = self.add_weight(shape=(inputs_shape[-1],), initializer="zeros", name="bias")
        self.built = True

    def call(self, logits: Any) -> tf.Tensor:
        """Returns the sum, in the layer's compute dtype."""
        return tf.cast(logits, self.compute_dtype) + tf.convert_to_tensor(self.bias)

    def compute_output_spec(self, logits: Any) -> keras.KerasTensor:
        """Returns the shape and dtype of the output, for building a functional model."""
        return keras.KerasTensor(logits.shape, dtype=self.compute_dtype)
