"""Rounding of the numbers in a record's header."""

import math
from typing import Any

import numpy as np

_DIGITS = 5


def rounded(values: Any) -> Any:
    """Rounds numbers to five significant digits, for JSON.

    Args:
        values: A number, or an array of any shape.

    Returns:
        A number or nested lists of numbers, with `None` for NaN and infinity, which JSON does not have.
    """
    array = np.asarray(values, np.float64)
    numbers = [float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None for value in array.ravel().tolist()]
    return np.array(numbers, dtype=object).reshape(array.shape).tolist()
