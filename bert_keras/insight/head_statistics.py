"""What kind of attention each head pays: broad or narrow, near or far, to special tokens or to neighbours."""

from dataclasses import dataclass

import numpy as np

from bert_keras.insight.tokens import Tokens

_CLS = 0


@dataclass(frozen=True, slots=True)
class HeadStatistics:
    """Means over the rows of each head's attention, `[layers, heads]` float32 each.

    Attributes:
        entropy: Of a row, in nats: 0 where it all goes to one token, ln(tokens) where all get the same.
        distance: How far away what is attended to stands, in tokens.
        cls: Share that goes to `[CLS]`.
        sep: Share that goes to `[SEP]`, all of them together.
        previous: Share that goes to the token before, of rows that have one.
        next: Share that goes to the token behind, likewise.
    """

    entropy: np.ndarray
    distance: np.ndarray
    cls: np.ndarray
    sep: np.ndarray
    previous: np.ndarray
    next: np.ndarray


def head_statistics(weights: np.ndarray, tokens: Tokens) -> HeadStatistics:
    """Describes heads by what they attend to (Clark et al. 2019, sections 3.1 to 3.3).

    Args:
        weights: Attention after softmax, `[layers, heads, tokens, tokens]`, from rows to columns.
        tokens: The row.

    Returns:
        A number for each head of each, over all rows, those of special tokens too.
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
    """Computes the entropy over the last axis, in nats; what is 0 adds nothing."""
    return -(shares * np.log(np.maximum(shares, np.finfo(np.float32).tiny))).sum(axis=-1)
