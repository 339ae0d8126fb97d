"""A text divided into words with the share that each has in a prediction, as pages colour it."""

from collections.abc import Sequence

import numpy as np

Words = list[tuple[str, float]]
"""The pieces of a text, which joined are the text, each with a share from -1 to 1; what is no word has 0."""


def divided_words(text: str, spans: Sequence[tuple[int, int]], values: np.ndarray, greatest: float) -> Words:
    """Divides a text at its words.

    Args:
        text: The text.
        spans: The first code point of each word and its end, exclusive, in order.
        values: What each word contributes, `[words]`.
        greatest: The greatest contribution, of which a word's share is a part; that of both texts of a pair.

    Returns:
        The pieces.
    """
    pieces, done = [], 0
    for (start, end), value in zip(spans, np.asarray(values).tolist(), strict=True):
        if start >= done:
            pieces += [(text[done:start], 0.0), (text[start:end], value / (greatest or 1.0))]
            done = end
    return [piece for piece in [*pieces, (text[done:], 0.0)] if piece[0]]
