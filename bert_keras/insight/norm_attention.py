"""Norm-based attention: the size of the vectors that tokens receive from each other, not only the weights."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import forward
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask

_ROWS_AT_ONCE = 16  # all rows of 512 tokens would take gigabytes


def norm_attention(model: BertTask, tokens: Tokens) -> np.ndarray:
    """Computes the size of what each head adds to a token from each other token (Kobayashi et al. 2020, section 3).

    The output of attention is a sum over tokens j of the vectors `a_ij f(x_j)`, where `f(x) = (x W_V + b_V) W_O` with
    the head's part of the matrices. A large weight may belong to a small vector, as that of `[SEP]` does in many heads.

    Args:
        model: The model, including its adapters.
        tokens: The tokens of the row.

    Returns:
        `|| a_ij f(x_j) ||`, `[layers, heads, tokens, tokens]` float32, from i to j, in units of the hidden states.
    """
    return np.stack(
        [weights * np.linalg.norm(vectors, axis=-1)[:, np.newaxis] for weights, vectors in _layers(model, tokens)]
    )


def norm_attention_of_layers(model: BertTask, tokens: Tokens) -> np.ndarray:
    """Computes norm-based attention of whole layers, where the vectors of all heads are added before the norm is taken.

    Vectors of opposite directions therefore cancel out.

    Args:
        model: The model, including its adapters.
        tokens: The tokens of the row.

    Returns:
        `|| sum over heads of a_ij f(x_j) ||`, `[layers, tokens, tokens]` float32, from i to j.
    """
    return np.stack([_norm_of_sum(weights, vectors) for weights, vectors in _layers(model, tokens)])


def norm_attention_of_rows(
    model: BertTask, weights: np.ndarray, hidden_states: np.ndarray, rows: Sequence[int]
) -> np.ndarray:
    """Computes norm-based attention of whole layers from a few rows only, with what was inspected before.

    Args:
        model: The model, including its adapters.
        weights: The attention weights, `[layers, heads, tokens, tokens]`.
        hidden_states: The hidden states, `[layers + 1, tokens, hidden]`.
        rows: The rows to compute.

    Returns:
        These rows of `norm_attention_of_layers`, `[layers, rows, tokens]` float32.
    """
    norms = []
    for layer, shares, states in zip(model.backbone.transformer_layers, weights, hidden_states, strict=False):
        hidden = states.shape[-1]
        values = _head_values(layer, states).astype(np.float64)
        kernel = _kernel(layer, "attention_output", hidden).reshape(hidden, hidden)
        blocks = [list(rows[first : first + _ROWS_AT_ONCE]) for first in range(0, len(rows), _ROWS_AT_ONCE)]
        norms.append(np.concatenate([_norms_of_rows(shares[:, some], values, kernel) for some in blocks]))
    return np.array(norms, np.float32)


def _norms_of_rows(shares: np.ndarray, values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Returns the norms `[rows, tokens]` for shares `[heads, rows, tokens]` and values `[heads, tokens, size]`."""
    # The shares scale the values of heads before the output matrix adds the heads up: one product for each row.
    scaled = shares[..., np.newaxis] * values[:, np.newaxis]  # [heads, rows, tokens, size]
    sums = scaled.transpose(1, 2, 0, 3).reshape(-1, len(kernel)) @ kernel
    return np.linalg.norm(sums, axis=-1).reshape(shares.shape[1:])


def _layers(model: BertTask, tokens: Tokens) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields attention weights `[heads, tokens, tokens]` and `f(x)` `[heads, tokens, hidden]` of each layer."""
    made = forward(model, tokens.inputs())
    for layer, states, weights in zip(
        model.backbone.transformer_layers, made.hidden_states, made.attention, strict=False
    ):
        yield tf.cast(weights[0], tf.float32).numpy(), head_vectors(layer, tf.cast(states[0], tf.float32).numpy())


def head_vectors(layer: Any, states: np.ndarray) -> np.ndarray:
    """Computes `f(x) = (x W_V + b_V) W_O` for each head.

    Args:
        layer: An `EncoderLayer`.
        states: The hidden states that the layer reads, `[tokens, hidden]`.

    Returns:
        The vectors, `[heads, tokens, hidden]` float32. Summed over tokens with the attention weights, summed over
        heads, and with the output bias added, they are what attention adds to the hidden states.
    """
    hidden = states.shape[-1]
    by_head = _head_values(layer, states)
    return by_head @ _kernel(layer, "attention_output", hidden).reshape(layer.num_heads, -1, hidden)


def _head_values(layer: Any, states: np.ndarray) -> np.ndarray:
    """Returns `x W_V + b_V` for each head, `[heads, tokens, hidden / heads]` float32."""
    values = states @ _kernel(layer, "value", states.shape[-1]) + _float32(layer.dense_of("value").bias).reshape(-1)
    return values.reshape(len(states), layer.num_heads, -1).transpose(1, 0, 2)


def _kernel(layer: Any, part: str, inputs: int) -> np.ndarray:
    """Returns the kernel of a dense layer, `[inputs, outputs]`, including the change by an adapter."""
    kernel, adapter = _float32(layer.dense_of(part).kernel).reshape(inputs, -1), layer.low_rank(part)
    return kernel if adapter is None or adapter.merged else kernel + adapter.change().numpy()


def _float32(variable: Any) -> np.ndarray:
    return tf.cast(variable.value, tf.float32).numpy()


def _norm_of_sum(weights: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    # By way of the dot products between the vectors of heads: the sums themselves would be [tokens, tokens, hidden],
    # gigabytes for BERT-large. In float64, since vectors that cancel out leave little.
    by_token = vectors.transpose(1, 0, 2).astype(np.float64)
    products = by_token @ by_token.transpose(0, 2, 1)
    shares = weights.transpose(2, 1, 0).astype(np.float64)  # [to, from, heads]
    squares = ((shares @ products) * shares).sum(axis=-1)
    return np.sqrt(np.maximum(squares, 0)).T.astype(np.float32)
