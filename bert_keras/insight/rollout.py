"""Attention rollout: the input tokens that each token is composed of, if attention alone mixes them."""

import numpy as np


def rollout(weights: np.ndarray) -> np.ndarray:
    """Computes the product of the attention of all layers up to each one (Abnar and Zuidema 2020, section 3).

    A layer counts half as attention, the mean of its heads, and half as the residual connection:
    `A' = 0.5 mean(A) + 0.5 I`, and `R = A'_L ... A'_1`. What a head does with the tokens that it reads is ignored.

    Args:
        weights: The attention weights after softmax, `[layers, heads, tokens, tokens]`, from row to column.

    Returns:
        The share of each input token in each row's token after each layer, `[layers, tokens, tokens]` float32. Rows sum
        to 1.
    """
    identity = np.eye(weights.shape[-1], dtype=np.float32)
    mixed = identity
    after = np.empty((len(weights), *identity.shape), np.float32)
    for layer, heads in enumerate(weights):
        after[layer] = mixed = (0.5 * heads.mean(axis=0) + 0.5 * identity) @ mixed
    return after
