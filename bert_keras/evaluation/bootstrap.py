"""Confidence intervals of metrics by the percentile bootstrap over rows (Efron 1979).

Most metrics are functions of sums over rows: accuracy of the correct rows, F1 of hits and misses, Pearson's correlation
of first and second moments. It is then enough to draw from a multinomial distribution how often each distinct row of
these columns occurs. The result is the same bootstrap, and is very fast where few rows are distinct.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse

_LEVEL = 0.95
_CHUNK = 2**22  # numbers held in memory at once
_MOST, _FEWEST = 10_000, 1_000  # resamples
_DRAWS = 50_000_000  # of single rows in total; above it, fewer resamples are drawn
_MULTINOMIAL_COST = 10  # the cost of drawing the count of one distinct row, relative to drawing one row

Statistic = Callable[[np.ndarray], np.ndarray]
Columns: TypeAlias = np.ndarray | sparse.csr_array
"""The numbers of each row, `[rows, columns]`; sparse if almost all of many columns are zero."""


@dataclass(frozen=True)
class Interval:
    """A metric with its 95 % confidence interval.

    Attributes:
        value: The metric.
        low: The 2.5th percentile of the resampled metric.
        high: The 97.5th percentile of the resampled metric.
    """

    value: float
    low: float
    high: float


def bootstrap(
    columns: Columns, statistics: Mapping[str, Statistic], resamples: int = _MOST, seed: int = 0
) -> dict[str, Interval]:
    """Computes the confidence intervals of metrics that are functions of column means.

    Args:
        columns: The numbers of each row, `[rows, columns]`; a sparse array holds only ones.
        statistics: The function of each metric, from column means `[..., columns]` to the metric `[...]`.
        resamples: The number of resamples. For very many distinct rows fewer are drawn, but at least 1,000.
        seed: The random seed.

    Returns:
        The intervals by the metric's name.
    """
    distinct, counts = _distinct(columns)
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
    first: Columns, second: Columns, statistics: Mapping[str, Statistic], resamples: int = _MOST, seed: int = 0
) -> dict[str, Interval]:
    """Computes the confidence intervals of the differences in metrics between two models, by a paired bootstrap.

    Args:
        first: The numbers of each row for the first model, `[rows, columns]`.
        second: The numbers of the same rows for the second model, `[rows, columns]`.
        statistics: The function of each metric; see `bootstrap`.
        resamples: The number of resamples; see `bootstrap`.
        seed: The random seed.

    Returns:
        The intervals of the second model's metric minus the first's, by the metric's name.
    """
    width = first.shape[1]

    def difference(statistic: Statistic) -> Statistic:
        return lambda means: statistic(means[..., width:]) - statistic(means[..., :width])

    differences = {name: difference(statistic) for name, statistic in statistics.items()}
    return bootstrap(beside(first, second), differences, resamples, seed)


def beside(*columns: Columns) -> Columns:
    """Returns the columns of several tables of the same rows as one table, sparse if one of them is."""
    if any(sparse.issparse(of) for of in columns):
        return sparse.csr_array(sparse.hstack(columns, format="csr"))
    return np.concatenate(columns, axis=1)


def bootstrap_rows(
    rows: int, statistic: Callable[[np.ndarray], float], resamples: int = _FEWEST, seed: int = 0
) -> Interval:
    """Computes the confidence interval of any metric, at the cost of one evaluation per resample.

    Args:
        rows: The number of rows.
        statistic: The function that computes the metric from row indices `[rows]`.
        resamples: The number of resamples.
        seed: The random seed.

    Returns:
        The interval.
    """
    random = np.random.default_rng(seed)
    values = [statistic(random.integers(rows, size=rows)) for _ in range(resamples)]
    return _interval(float(statistic(np.arange(rows))), np.array(values))


def _distinct(columns: Columns) -> tuple[Columns, np.ndarray]:
    """Returns the distinct rows, float64 and in an order of their own, and how often each occurs."""
    if isinstance(columns, np.ndarray):
        distinct, counts = np.unique(columns, axis=0, return_counts=True)
        return distinct.astype(np.float64), counts
    # Rows of ones are equal if the sums of two random numbers of 64 bits for each of their columns are.
    marks = np.random.default_rng(0).integers(2**64, size=[columns.shape[1], 2], dtype=np.uint64)
    sums = np.zeros([columns.nnz + 1, 2], np.uint64)
    np.cumsum(marks[columns.indices], axis=0, out=sums[1:])  # may overflow
    ends = sums[columns.indptr]
    _, first, counts = np.unique(np.diff(ends, axis=0), axis=0, return_index=True, return_counts=True)
    return columns[first].astype(np.float64), counts


def _resampled_means(
    distinct: Columns, counts: np.ndarray, resamples: int, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yields the column means of each resample, `[resamples, columns]`, in chunks."""
    rows, kinds = int(counts.sum()), len(counts)
    few_kinds = kinds * _MULTINOMIAL_COST < rows
    resamples = min(resamples, max(_FEWEST, _DRAWS // (kinds * _MULTINOMIAL_COST if few_kinds else rows)))
    which = np.repeat(np.arange(kinds), counts)
    size = max(1, _CHUNK // max(kinds if few_kinds else rows, distinct.shape[1]))
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
