"""Student's 95 % interval of a mean of a few values."""

import statistics
from collections.abc import Sequence

from scipy import stats


def half_width(values: Sequence[float]) -> float:
    """Returns half of the width of the interval, NaN of a single value."""
    if len(values) < 2:
        return float("nan")
    return float(stats.t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / len(values) ** 0.5
