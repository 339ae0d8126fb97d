"""The encoder's pass over rows that hold several texts, each as if it stood in a row of its own."""

from typing import Any

import tensorflow as tf

from bert_keras.models.backbone import BertBackbone

PACKED_INPUTS = {
    name: tf.TensorSpec([None, None], tf.int32, name=name)
    for name in ("token_ids", "segment_ids", "padding_mask", "positions", "masked")
}
"""The inputs of a masked language model's training, each `[batch, tokens]`; a position of 0 begins another text."""
PAIR_INPUTS = PACKED_INPUTS | {"pairs": tf.TensorSpec([None, 1], tf.int32, name="pairs")}
"""Those of a training on pairs too, with the targets of these."""


def packed_states(backbone: BertBackbone, inputs: dict[str, Any], training: bool = False) -> tf.Tensor:
    """Computes the last hidden states of rows that several texts share.

    Positions count from 0 in each text, and a token attends to the tokens of its own text alone, so that the states are
    those of the texts one by one.

    Args:
        backbone: The encoder, with its adapters.
        inputs: `token_ids`, `segment_ids` and `positions`, each `[batch, tokens]` int32. The position of padding is 0.
        training: Whether to apply dropout.

    Returns:
        The hidden states, `[batch, tokens, hidden]`; those of padding mean nothing.
    """
    positions = inputs["positions"]
    text = tf.cumsum(tf.cast(positions == 0, tf.int32), axis=1)
    together = tf.cast(text[:, :, tf.newaxis] == text[:, tf.newaxis], tf.int32)
    x = backbone.embedded(inputs, positions, training)
    for layer in backbone.transformer_layers:
        x = layer(x, padding_mask=together, training=training)
    return x
