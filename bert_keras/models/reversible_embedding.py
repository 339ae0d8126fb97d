"""A token embedding that reads only the rows it looks up."""

from typing import Any

import keras
import keras_hub
import tensorflow as tf


@keras.saving.register_keras_serializable(package="bert_keras")
class ReversibleEmbedding(keras_hub.layers.ReversibleEmbedding):
    """KerasHub's reversible embedding, reading and casting only the rows of the batch.

    Keras reads the whole table first, which copies it when an optimizer updates single rows, and casts it under a mixed
    dtype policy. The class has the name of KerasHub's layer, because presets store weights under it.
    """

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Looks up token ids `[batch, tokens]`, or computes logits from hidden states if `reverse` is set."""
        table = getattr(self.embeddings, "_value", None)  # `value` would cast it
        if reverse or not isinstance(table, tf.Variable):
            return super().call(inputs, reverse=reverse)
        return tf.cast(tf.nn.embedding_lookup(table, inputs), self.compute_dtype)
