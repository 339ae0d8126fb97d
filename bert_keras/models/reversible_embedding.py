"""The word embeddings, looked up row by row."""

from typing import Any

import keras
import keras_hub
import tensorflow as tf


@keras.saving.register_keras_serializable(package="bert_keras")
class ReversibleEmbedding(keras_hub.layers.ReversibleEmbedding):
    """KerasHub's reversible embedding, which reads and casts the rows of the batch alone.

    Keras reads the whole table first. That copies it where an optimizer changes single rows, and casts it under a mixed
    policy. The class bears KerasHub's name, under which presets file its weights.
    """

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Looks up `[batch, tokens]`, or makes logits of hidden states where `reverse` is set."""
        table = getattr(self.embeddings, "_value", None)  # `value` would cast it
        if reverse or not isinstance(table, tf.Variable):
            return super().call(inputs, reverse=reverse)
        return tf.cast(tf.nn.embedding_lookup(table, inputs), self.compute_dtype)
