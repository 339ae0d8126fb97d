"""The interval of a share of rows."""

from scipy import stats


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """Returns the 95 % interval of a share of `hits` in `rows` (Wilson 1927), which holds for shares near 0 and 1 too.

    Args:
        hits: The number of rows that count.
        rows: The number of all rows, at least 1.
    """
    interval = stats.binomtest(hits, rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
