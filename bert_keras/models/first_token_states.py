"""A classifier's pass that also gives the hidden states of `[CLS]` after some of its layers."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from bert_keras.models.text_classifier import TextClassifier


def logits_and_states(
    classifier: TextClassifier, inputs: dict[str, Any], layers: Sequence[int], training: bool = False
) -> tuple[tf.Tensor, tf.Tensor]:
    """Runs a classifier, layer by layer.

    Args:
        classifier: The model, with its adapters.
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32.
        layers: The numbers of the layers after which the states are taken, from 1; not the last one.
        training: Whether to apply dropout.

    Returns:
        The logits, `[batch, labels]` float32, and the states of the first token, `[batch, layers, hidden]` float32.
    """
    backbone, mask = classifier.backbone, inputs["padding_mask"]
    x, states = backbone.embedded(inputs, training=training), []
    *lower, last = backbone.transformer_layers
    for number, layer in enumerate(lower, 1):
        x = layer(x, padding_mask=mask, training=training)
        if number in layers:
            states.append(tf.cast(x[:, 0], tf.float32))
    x = last(x, padding_mask=mask, training=training, first_row_only=classifier.pooling == "cls")
    pooled = classifier.output_dropout(classifier.pooled(x, mask), training=training)
    none = tf.zeros([tf.shape(mask)[0], 0, backbone.hidden_dim])
    return classifier.output_dense(pooled), tf.stack(states, axis=1) if states else none
