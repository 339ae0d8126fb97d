"""Attention rollout: which inputs a token is made of, if all that counts is how attention mixes tokens."""

import numpy as np


def rollout(weights: np.ndarray) -> np.ndarray:
    """Multiplies the attention of the layers up to each (Abnar and Zuidema 2020, section 3).

    A layer is taken to be half attention, the mean of its heads, and half the residual connection: `A' = 0.5 mean(A) +
    0.5 I`, and `R = A'_L ... A'_1`. What a head does with what it reads plays no part.

    Args:
        weights: Attention after softmax, `[layers, heads, tokens, tokens]`, from rows to columns.

    Returns:
        After each layer, how much of each row's token comes from each input token: `[layers, tokens, tokens]` float32.
        Rows sum to 1.
    """
    identity = np.eye(weights.shape[-1], dtype=np.float32)
    mixed = identity
    after = np.empty((len(weights), *identity.shape), np.float32)
    for layer, heads in enumerate(weights):
        after[layer] = mixed = (0.5 * heads.mean(axis=0) + 0.5 * identity) @ mixed
    return after
