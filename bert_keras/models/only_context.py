"""Leaves of start and end logits those that can be meant."""

from typing import Any

import keras
import tensorflow as tf

NEVER = -1e9  # of places that can be no end of an answer: their softmax is 0


@keras.saving.register_keras_serializable(package="bert_keras")
class OnlyContext(keras.layers.Layer):
    """Splits `[batch, tokens, 2]` into start and end logits, and masks all tokens but `[CLS]` and those of the context.

    The context is what has segment id 1, without the `[SEP]` that ends the row. `[CLS]` stands for "no answer here".
    """

    def call(self, logits: Any, segment_ids: Any, padding_mask: Any) -> dict[str, tf.Tensor]:
        """Returns "start" and "end", `[batch, tokens]` float32."""
        tokens = tf.cast(padding_mask, tf.int32)
        # What has a token behind it does not end the row.
        behind = tf.pad(tokens[:, 1:], [[0, 0], [0, 1]])
        first = tf.range(tf.shape(tokens)[1])[tf.newaxis] == 0
        meant = ((tf.cast(segment_ids, tf.int32) == 1) & (tokens == 1) & (behind == 1)) | first
        masked = tf.where(meant[:, :, tf.newaxis], tf.cast(logits, tf.float32), NEVER)
        return {"start": masked[:, :, 0], "end": masked[:, :, 1]}

    def compute_output_spec(self, logits: Any, segment_ids: Any, padding_mask: Any) -> dict[str, keras.KerasTensor]:
        """Says what comes out, for building a model."""
        return {name: keras.KerasTensor(logits.shape[:2], dtype="float32", name=name) for name in ("start", "end")}
