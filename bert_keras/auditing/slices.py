"""Metrics of parts of a data set, with intervals, and tests that take account of how many parts are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bert_keras.evaluation import wilson

_LEVEL = 0.95
FEWEST_ROWS = 10
"""The number of rows below which a part is not tested."""


@dataclass(frozen=True)
class Part:
    """A part of the rows.

    Attributes:
        by: What the rows are divided by, e.g. "column:source".
        value: The value that the rows of the part share.
        rows: Whether each row belongs to the part, `[rows]` bool.
    """

    by: str
    value: str
    rows: np.ndarray


@dataclass(frozen=True)
class Slice:
    """How well a part of the rows is answered.

    Attributes:
        by: What the rows are divided by.
        value: The value that the rows share.
        rows: The number of rows.
        right: The number of rows answered right.
        accuracy: Their share.
        low: The lower end of its 95 % interval (Wilson 1927).
        high: The upper end.
        others: The accuracy of all other rows; None if there are none.
        p: The probability of a difference to the other rows at least this large if there was none, by Fisher's exact
            test; None for a part that is not tested.
        adjusted_p: The same, corrected for all parts that are tested (Holm 1979); None for a part that is not tested.
    """

    by: str
    value: str
    rows: int
    right: int
    accuracy: float
    low: float
    high: float
    others: float | None
    p: float | None = None
    adjusted_p: float | None = None

    @property
    def verdict(self) -> str:
        """Returns "worse" or "better" where the difference is significant at 5 % in spite of many looks, else ""."""
        if self.adjusted_p is None or self.adjusted_p >= 1 - _LEVEL or self.others is None:
            return ""
        return "worse" if self.accuracy < self.others else "better"


def slices(right: np.ndarray, parts: Sequence[Part]) -> list[Slice]:
    """Measures parts of a data set.

    Args:
        right: Whether each row is answered right, `[rows]` bool.
        parts: The parts; those without rows are left out.

    Returns:
        The slices, in the order of the parts. Those of fewer than 10 rows, or all but 10, are not tested.
    """
    found = [_measured(right, part) for part in parts if part.rows.any()]
    tested = [place for place, each in enumerate(found) if each.p is not None]
    adjusted = holm([found[place].p or 0.0 for place in tested])
    for place, p in zip(tested, adjusted, strict=True):
        found[place] = _with_p(found[place], p)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values that are corrected for their number, in their order (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = len(p_values) - np.arange(len(p_values))
    adjusted = np.minimum(1, np.maximum.accumulate(np.asarray(p_values, float)[order] * steps))
    found = np.empty(len(p_values))
    found[order] = adjusted
    return found.tolist()


def length_parts(texts: Sequence[str]) -> list[Part]:
    """Divides texts by their number of words: up to 8, 16, 32, ... words."""
    words = np.array([len(text.split()) for text in texts])
    bucket = np.maximum(3, np.ceil(np.log2(np.maximum(words, 1)))).astype(int)
    return [
        Part("length", f"{1 if power == 3 else 2 ** (power - 1) + 1} to {2**power} words", bucket == power)
        for power in np.unique(bucket).tolist()
    ]


def value_parts(by: str, values: Sequence[str]) -> list[Part]:
    """Divides rows by a value of each, the most frequent values first."""
    names, first, of, counts = np.unique(
        np.asarray(values, dtype=object), return_index=True, return_inverse=True, return_counts=True
    )
    return [Part(by, str(names[place]), of == place) for place in np.lexsort((first, -counts)).tolist()]


def _measured(right: np.ndarray, part: Part) -> Slice:
    rows, all_rows = int(part.rows.sum()), len(right)
    hits, all_hits = int(right[part.rows].sum()), int(right.sum())
    others, other_hits = all_rows - rows, all_hits - hits
    p = None
    if min(rows, others) >= FEWEST_ROWS:
        p = float(stats.fisher_exact([[hits, rows - hits], [other_hits, others - other_hits]])[1])
    low, high = wilson(hits, rows)
    return Slice(part.by, part.value, rows, hits, hits / rows, low, high, other_hits / others if others else None, p)


def _with_p(of: Slice, adjusted: float) -> Slice:
    return Slice(of.by, of.value, of.rows, of.right, of.accuracy, of.low, of.high, of.others, of.p, adjusted)
