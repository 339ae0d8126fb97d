"""Numbers as a record's header holds them."""

import math
from typing import Any

import numpy as np

_DIGITS = 5


def rounded(values: Any) -> Any:
    """Rounds to five digits that count, for JSON.

    Args:
        values: A number, or an array of any shape.

    Returns:
        A number or nested lists of them; None in place of what is no finite number, for which JSON has no word.
    """
    array = np.asarray(values, np.float64)
    numbers = [float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None for value in array.ravel().tolist()]
    return np.array(numbers, dtype=object).reshape(array.shape).tolist()
