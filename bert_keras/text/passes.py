"""Grouping of rows of similar length into forward passes with a limited number of tokens."""

import numpy as np

MOST_ROWS = 64
"""The most rows of a pass: more short rows make it no faster, and add padding, since their lengths differ more."""


def passes_by_length(lengths: np.ndarray, token_budget: int, most_rows: int | None = None) -> list[np.ndarray]:
    """Groups rows into passes, longest rows first, so that a pass too large for the memory fails at once.

    Args:
        lengths: The number of tokens of each row, `[rows]`.
        token_budget: The maximum number of tokens per pass, padding included; a longer row is a pass by itself.
        most_rows: The maximum number of rows per pass; None means no limit.

    Returns:
        The row indices of each pass; every row is in exactly one pass.
    """
    falling = np.argsort(-lengths.astype(np.int64), kind="stable")
    passes, first = [], 0
    while first < len(falling):
        count = max(1, token_budget // int(lengths[falling[first]]))
        passes.append(falling[first : first + min(count, most_rows or count)])
        first += len(passes[-1])
    return passes
