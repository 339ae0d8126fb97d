"""The offsets of tokens in their texts, for the conversion of token spans to code points."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TokenPlaces:
    """The offsets of the context tokens of several questions, concatenated.

    Attributes:
        starts: The first code point of each token in its context, `[tokens]`.
        ends: The index after the last code point of a span that ends with the token, combining marks included,
            `[tokens]`.
        levels: The place before each token, where a span may begin or end; see `text.span_bounds`, `[tokens]`.
        firsts: The index in `starts` and `ends` of the first token of each question's context, `[questions]`.
    """

    starts: np.ndarray
    ends: np.ndarray
    levels: np.ndarray
    firsts: np.ndarray
