"""Attention weighted by its gradient: how a model output depends on each input token by way of attention."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import INPUT_SIGNATURE, READS, forward, has_token_outputs, output_width, stacked
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask
from bert_keras.models.forward_pass import ForwardPass


def gradient_attention(model: BertTask, tokens: Tokens, target: Target) -> np.ndarray:
    """Computes relevance through all layers (Chefer, Gur and Wolf 2021, section 3, for self-attention models).

    For each layer, `A' = mean over heads of max(0, A * d target / d A)`, and `R <- R + A' R`, starting from `R = I`.
    The rows of interest are those of the tokens that the head reads: `[CLS]` or all tokens for a classifier, the start
    and end tokens of the answer for a reader, a mask, or the words of an entity.

    Args:
        model: The model.
        tokens: The tokens of the row.
        target: The target to explain.

    Returns:
        `R` after each layer, `[layers, tokens, tokens]` float32, from row to input token. Its diagonal includes the 1
        of the initial identity matrix, the token itself.
    """
    pairs = attention_gradients(model, tokens.inputs(), target.score)
    return relevance(*(np.stack([layer[0].numpy() for layer in of]) for of in pairs))


def row_gradients(inspection: Inspection, target: Target) -> np.ndarray:
    """Computes the gradient of a target with respect to the attention weights of an inspected row.

    Args:
        inspection: The inspection of the row.
        target: The target to explain.

    Returns:
        The gradients, `[layers, heads, tokens, tokens]` float32, in the layout of `inspection.weights`.
    """
    model, tokens = inspection.model, inspection.tokens
    run = model.logits.beside("attention gradients", lambda: _attention_pass(model))
    weights = target.weights(output_width(model, len(tokens)))
    gradients: np.ndarray = run(tokens.inputs() | {"weights": weights[np.newaxis]}).numpy()
    return gradients[:, 0]


def _attention_pass(model: BertTask) -> ForwardPass:
    """Returns a pass with the gradients of a target, which is given as factors of the outputs, by layer."""

    def run(given: dict[str, Any]) -> tf.Tensor:
        def score(outputs: Any) -> tf.Tensor:
            return tf.reduce_sum(stacked(outputs) * given["weights"], axis=[1, 2])

        return tf.stack(attention_gradients(model, given, score)[1])

    signature = INPUT_SIGNATURE | (READS if has_token_outputs(model) else {})
    return ForwardPass(run, signature | {"weights": tf.TensorSpec([None, None, None], tf.float32)})


def relevance(weights: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Accumulates the relevance that attention passes on from layer to layer.

    Args:
        weights: The attention weights, `[layers, heads, tokens, tokens]`.
        gradients: The gradients of the target with respect to the attention weights, in the same layout.

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
    """Computes the gradient of a score with respect to the attention weights of each layer, after softmax.

    Args:
        model: The model.
        inputs: The prepared inputs, each `[batch, tokens]`.
        score: A function from the model's outputs to a number for each row, `[batch]`, or to their sum.

    Returns:
        The attention weights of each layer and their gradients, each `[batch, heads, tokens, tokens]` float32. The
        gradients of a row are those of its own score.
    """
    token_embeddings = model.backbone.token_embedding(inputs["token_ids"])
    # The model's weights are not watched: their gradients would double the cost, and nobody needs them.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(token_embeddings)
        made = forward(model, inputs, token_embeddings)
        total = tf.reduce_sum(score(made.outputs))
    gradients = tape.gradient(total, made.attention, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [_float32(weights) for weights in made.attention], [_float32(gradient) for gradient in gradients]


def _float32(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float32)
