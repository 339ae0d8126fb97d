"""Masks the start and end logits of tokens that cannot be part of an answer."""

from typing import Any

import keras
import tensorflow as tf

NEVER = -1e9
"""The logit of a token at which no answer can start or end; its softmax is 0."""


@keras.saving.register_keras_serializable(package="bert_keras")
class OnlyContext(keras.layers.Layer):
    """Splits `[batch, tokens, 2]` into start and end logits, and masks all tokens but `[CLS]` and those of the context.

    The context is the tokens with segment id 1, without the final `[SEP]`. `[CLS]` stands for "no answer here".
    """

    def call(self, logits: Any, segment_ids: Any, padding_mask: Any) -> dict[str, tf.Tensor]:
        """Returns the logits "start" and "end", each `[batch, tokens]` float32."""
        tokens = tf.cast(padding_mask, tf.int32)
        # A token that another one follows is not the final [SEP].
        behind = tf.pad(tokens[:, 1:], [[0, 0], [0, 1]])
        first = tf.range(tf.shape(tokens)[1])[tf.newaxis] == 0
        meant = ((tf.cast(segment_ids, tf.int32) == 1) & (tokens == 1) & (behind == 1)) | first
        masked = tf.where(meant[:, :, tf.newaxis], tf.cast(logits, tf.float32), NEVER)
        return {"start": masked[:, :, 0], "end": masked[:, :, 1]}

    def compute_output_spec(self, logits: Any, segment_ids: Any, padding_mask: Any) -> dict[str, keras.KerasTensor]:
        """Returns the shapes and dtypes of the outputs, for building a functional model."""
        return {name: keras.KerasTensor(logits.shape[:2], dtype="float32", name=name) for name in ("start", "end")}
