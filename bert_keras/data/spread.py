"""Rows that stand for all rows."""

import numpy as np


def spread(rows: int, most: int) -> list[int]:
    """Returns evenly spaced row indices, from the first row to the last.

    Args:
        rows: The number of rows.
        most: The maximum number of indices.

    Returns:
        The indices, in ascending order.
    """
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).round().astype(int)).tolist()
