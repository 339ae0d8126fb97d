"""Attention in one octet a weight."""

from typing import NamedTuple

import numpy as np

CODE = "square_root_uint8"
_HIGHEST = np.float32(255)


class Quantised(NamedTuple):
    """Attention as it is kept.

    Attributes:
        layers: Of each layer `[heads, tokens, tokens]` uint8.
        max_error: The largest difference to a weight that is kept.
        mean_error: The mean difference.
    """

    layers: tuple[np.ndarray, ...]
    max_error: float
    mean_error: float


def quantise(weights: np.ndarray) -> Quantised:
    """Keeps the square root of each weight, in steps of 1/255.

    At 384 tokens most weights lie below 1/255; in equal steps they would all be 0. With the root the smallest step is
    1/65025, and the error, at most 1/255 for weights near 1, goes down with the weight.

    Args:
        weights: Attention after softmax, `[layers, heads, tokens, tokens]`. What is no number is kept as 0.

    Returns:
        The octets, and what they have lost.
    """
    layers, largest, total = [], 0.0, 0.0
    for layer in weights:  # one at a time, for the cache's sake
        layer = np.nan_to_num(layer.astype(np.float32, copy=False))
        codes = np.sqrt(np.clip(layer, 0, 1))
        codes *= _HIGHEST
        layers.append(np.rint(codes, out=codes).astype(np.uint8))
        errors = np.abs(dequantise(layers[-1]) - layer)
        largest, total = max(largest, float(errors.max(initial=0))), total + float(errors.sum())
    return Quantised(tuple(layers), largest, total / max(1, weights.size))


def dequantise(codes: np.ndarray) -> np.ndarray:
    """Gives back weights.

    Args:
        codes: uint8, of any shape.

    Returns:
        float32 of the same shape.
    """
    return _WEIGHTS[codes]


_WEIGHTS = np.square(np.arange(256, dtype=np.float32) / _HIGHEST)
