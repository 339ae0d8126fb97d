"""How far a metric would move with other rows of the same kind: percentile intervals of the bootstrap (Efron 1979).

Most metrics are functions of sums over rows: accuracy of the right rows, F1 of hits and misses, Pearson's correlation
of first and second moments. Resampling rows then needs no row: it draws how often each distinct row of those columns
occurs, from a multinomial distribution. That is the same bootstrap, and of a hundred thousand rows with four distinct
ones it takes no time at all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

_LEVEL = 0.95
_CHUNK = 2**22  # numbers that are held at once
_MOST, _FEWEST = 10_000, 1_000
_DRAWS = 50_000_000  # of single rows, beyond which fewer resamples must do
_MULTINOMIAL_COST = 10  # of drawing how often a kind of row occurs, against drawing one row

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """A number, and where it lies in 95 of 100 resamples."""

    value: float
    low: float
    high: float


def bootstrap(
    columns: np.ndarray, statistics: Mapping[str, Statistic], resamples: int = _MOST, seed: int = 0
) -> dict[str, Interval]:
    """Finds the intervals of metrics that are functions of the means of columns.

    Args:
        columns: Numbers of each row, `[rows, columns]`.
        statistics: What makes each metric `[...]` of the columns' means `[..., columns]`.
        resamples: How many; of very many rows that all differ fewer are drawn, though never fewer than 1,000.
        seed: Of the draws.

    Returns:
        By name the metric, and its 2.5 and 97.5 percentiles.
    """
    distinct, counts = np.unique(columns, axis=0, return_counts=True)
    distinct = distinct.astype(np.float64)
    resampled: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for means in _resampled_means(distinct, counts, resamples, np.random.default_rng(seed)):
        for name, statistic in statistics.items():
            resampled[name].append(statistic(means))
    means = counts @ distinct / counts.sum()
    return {
        name: _interval(float(statistic(means)), np.concatenate(resampled[name]))
        for name, statistic in statistics.items()
    }


def bootstrap_difference(
    first: np.ndarray, second: np.ndarray, statistics: Mapping[str, Statistic], resamples: int = _MOST, seed: int = 0
) -> dict[str, Interval]:
    """Finds the intervals of the differences of metrics between two models on the same rows, which are resampled together.

    Args:
        first: Numbers of each row from one model, `[rows, columns]`.
        second: The same from the other.
        statistics: As `bootstrap` takes them.
        resamples: As `bootstrap` takes it.
        seed: Of the draws.

    Returns:
        By name the second's metric minus the first's, and its 2.5 and 97.5 percentiles.
    """
    width = first.shape[1]

    def difference(statistic: Statistic) -> Statistic:
        return lambda means: statistic(means[..., width:]) - statistic(means[..., :width])

    differences = {name: difference(statistic) for name, statistic in statistics.items()}
    return bootstrap(np.concatenate([first, second], axis=1), differences, resamples, seed)


def bootstrap_rows(
    rows: int, statistic: Callable[[np.ndarray], float], resamples: int = _FEWEST, seed: int = 0
) -> Interval:
    """Finds the interval of any metric, at the cost of computing it once for each resample.

    Args:
        rows: Number of rows.
        statistic: Makes the metric of the rows whose indices it is given, `[rows]`.
        resamples: How many.
        seed: Of the draws.

    Returns:
        The metric, and its 2.5 and 97.5 percentiles.
    """
    random = np.random.default_rng(seed)
    values = [statistic(random.integers(rows, size=rows)) for _ in range(resamples)]
    return _interval(float(statistic(np.arange(rows))), np.array(values))


def _resampled_means(
    distinct: np.ndarray, counts: np.ndarray, resamples: int, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """The columns' means in each resample, `[resamples, columns]`, in parts."""
    rows, kinds = int(counts.sum()), len(counts)
    few_kinds = kinds * _MULTINOMIAL_COST < rows
    resamples = min(resamples, max(_FEWEST, _DRAWS // (kinds * _MULTINOMIAL_COST if few_kinds else rows)))
    which = np.repeat(np.arange(kinds), counts)
    size = max(1, _CHUNK // (kinds if few_kinds else rows))
    for begin in range(0, resamples, size):
        part = min(size, resamples - begin)
        if few_kinds:
            drawn = random.multinomial(rows, counts / rows, size=part)
        else:
            apart = which[random.integers(rows, size=[part, rows])] + kinds * np.arange(part)[:, np.newaxis]
            drawn = np.bincount(apart.ravel(), minlength=part * kinds).reshape(part, kinds)
        yield drawn @ distinct / rows


def _interval(value: float, drawn: np.ndarray) -> Interval:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(value, float(low), float(high))
