"""Quantisation of attention weights to one byte each."""

from typing import NamedTuple

import numpy as np

CODE = "square_root_uint8"
_HIGHEST = np.float32(255)


class Quantised(NamedTuple):
    """Quantised attention weights.

    Attributes:
        layers: The codes of each layer, `[heads, tokens, tokens]` uint8.
        max_error: The largest absolute difference between a weight and its code.
        mean_error: The mean absolute difference.
    """

    layers: tuple[np.ndarray, ...]
    max_error: float
    mean_error: float


def quantise(weights: np.ndarray) -> Quantised:
    """Quantises the square root of each weight, in steps of 1/255.

    At 384 tokens most weights are below 1/255, and would all become 0 in equal steps. With the square root the smallest
    step is 1/65025, and the error, at most 1/255 for weights near 1, shrinks with the weight.

    Args:
        weights: The attention weights after softmax, `[layers, heads, tokens, tokens]`. NaN is stored as 0.

    Returns:
        The codes, and the quantisation error.
    """
    layers, largest, total = [], 0.0, 0.0
    for layer in weights:  # one at a time, to stay in the CPU cache
        layer = np.nan_to_num(layer.astype(np.float32, copy=False))
        codes = np.sqrt(np.clip(layer, 0, 1))
        codes *= _HIGHEST
        layers.append(np.rint(codes, out=codes).astype(np.uint8))
        errors = np.abs(dequantise(layers[-1]) - layer)
        largest, total = max(largest, float(errors.max(initial=0))), total + float(errors.sum())
    return Quantised(tuple(layers), largest, total / max(1, weights.size))


def dequantise(codes: np.ndarray) -> np.ndarray:
    """Restores weights from codes.

    Args:
        codes: The codes, uint8 of any shape.

    Returns:
        The weights, float32 of the same shape.
    """
    return _WEIGHTS[codes]


_WEIGHTS = np.square(np.arange(256, dtype=np.float32) / _HIGHEST)
