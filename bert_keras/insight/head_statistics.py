"""Head statistics: how broad and how far attention is, and how much goes to special or neighbouring tokens."""

from dataclasses import dataclass

import numpy as np

from bert_keras.insight.tokens import Tokens

_CLS = 0


@dataclass(frozen=True, slots=True)
class HeadStatistics:
    """Means over the rows of each head's attention matrix, each `[layers, heads]` float32.

    Attributes:
        entropy: The entropy of a row in nats: 0 if all attention goes to one token, ln(tokens) if it is uniform.
        distance: The distance to the attended tokens, in tokens, weighted by attention.
        cls: The share of attention to `[CLS]`.
        sep: The share of attention to all `[SEP]` tokens together.
        previous: The share of attention to the previous token, over rows that have one.
        next: The share of attention to the next token, over rows that have one.
    """

    entropy: np.ndarray
    distance: np.ndarray
    cls: np.ndarray
    sep: np.ndarray
    previous: np.ndarray
    next: np.ndarray


def head_statistics(weights: np.ndarray, tokens: Tokens) -> HeadStatistics:
    """Computes statistics of the attention of each head (Clark et al. 2019, sections 3.1 to 3.3).

    Args:
        weights: The attention weights after softmax, `[layers, heads, tokens, tokens]`, from row to column.
        tokens: The tokens of the row.

    Returns:
        The statistics of each head, over all rows of its matrix, including those of special tokens.
    """
    places = np.arange(weights.shape[-1])
    separators = tokens.special & (places != _CLS)
    return HeadStatistics(
        entropy=entropy(weights).mean(axis=-1),
        distance=(weights * np.abs(places[:, np.newaxis] - places).astype(np.float32)).sum(axis=-1).mean(axis=-1),
        cls=weights[..., _CLS].mean(axis=-1),
        sep=weights[..., separators].sum(axis=-1).mean(axis=-1),
        previous=np.diagonal(weights, -1, axis1=-2, axis2=-1).mean(axis=-1),
        next=np.diagonal(weights, 1, axis1=-2, axis2=-1).mean(axis=-1),
    )


def entropy(shares: np.ndarray) -> np.ndarray:
    """Computes the entropy over the last axis, in nats; shares of 0 contribute nothing."""
    return -(shares * np.log(np.maximum(shares, np.finfo(np.float32).tiny))).sum(axis=-1)
