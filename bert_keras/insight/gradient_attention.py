"""Attention weighted by its gradient: which inputs a number that the model says depends on, by way of attention."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import forward
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask


def gradient_attention(model: BertTask, tokens: Tokens, target: Target) -> np.ndarray:
    """Follows relevance through the layers (Chefer, Gur and Wolf 2021, section 3, for models with self-attention alone).

    Of each layer `A' = mean over heads of max(0, A * d target / d A)`, and `R <- R + A' R` from `R = I` on. What counts
    is the row of the token that the head reads: that of `[CLS]` of a classifier; of a reader those where the answer
    starts and ends.

    Args:
        model: The model.
        tokens: The row.
        target: What is explained.

    Returns:
        `R` after each layer, `[layers, tokens, tokens]` float32, from rows to input tokens. 1 of its diagonal is the
        identity that it began with, the token itself.
    """
    pairs = attention_gradients(model, tokens.inputs(), target.score)
    return relevance(*(np.stack([layer[0].numpy() for layer in of]) for of in pairs))


def row_gradients(inspection: Inspection, target: Target) -> np.ndarray:
    """Takes the gradient of a target with respect to the attention of the row that was inspected.

    Args:
        inspection: The pass.
        target: What is explained.

    Returns:
        `[layers, heads, tokens, tokens]` float32, as `inspection.weights`.
    """
    gradients = attention_gradients(inspection.model, inspection.tokens.inputs(), target.score)[1]
    return np.stack([layer[0].numpy() for layer in gradients])


def relevance(weights: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Adds up the relevance that attention passes on.

    Args:
        weights: Attention, `[layers, heads, tokens, tokens]`.
        gradients: Of the target with respect to it, likewise.

    Returns:
        `R` after each layer, `[layers, tokens, tokens]` float32.
    """
    passed_on = np.maximum(weights * gradients, 0).mean(axis=1)
    after, relevant = np.empty(passed_on.shape, np.float32), np.eye(passed_on.shape[-1], dtype=np.float32)
    for layer, of_layer in enumerate(passed_on):
        after[layer] = relevant = relevant + of_layer @ relevant
    return after


def attention_gradients(
    model: BertTask, inputs: dict[str, Any], score: Callable[[Any], tf.Tensor]
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Takes the gradient of a score with respect to the attention of each layer, after softmax.

    Args:
        model: The model.
        inputs: Prepared inputs, `[batch, tokens]` each.
        score: Makes of the model's outputs a number for each row `[batch]`, or their sum.

    Returns:
        The attention of each layer and its gradients, `[batch, heads, tokens, tokens]` float32 each; each row's of its
        own score.
    """
    token_embeddings = model.backbone.token_embedding(inputs["token_ids"])
    # The weights are left out: their gradients would cost as much again, and nobody asks for them.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(token_embeddings)
        made = forward(model, inputs, token_embeddings)
        total = tf.reduce_sum(score(made.outputs))
    gradients = tape.gradient(total, made.attention, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [_float32(weights) for weights in made.attention], [_float32(gradient) for gradient in gradients]


def _float32(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float32)
