"""Which rows go through a model together: those of like length, under a budget of tokens."""

import numpy as np

# More than this many short rows together make no pass faster, and lengths differ more within it.
MOST_ROWS = 64


def passes_by_length(lengths: np.ndarray, token_budget: int, most_rows: int | None = None) -> list[np.ndarray]:
    """Cuts rows into passes, longest rows first: what does not fit in memory shows at once.

    Args:
        lengths: Tokens of each row, `[rows]`.
        token_budget: Most tokens of a pass, padding included; a row beyond it is a pass by itself.
        most_rows: Most rows of a pass; None is no limit.

    Returns:
        The places of each pass' rows; together each row once.
    """
    falling = np.argsort(-lengths.astype(np.int64), kind="stable")
    passes, first = [], 0
    while first < len(falling):
        count = max(1, token_budget // int(lengths[falling[first]]))
        passes.append(falling[first : first + min(count, most_rows or count)])
        first += len(passes[-1])
    return passes
