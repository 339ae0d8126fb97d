"""The values with which tools mark a missing label."""

import math
from collections.abc import Mapping
from typing import Any

MISSING = (r"\N", "NULL", "null", "nan", "NaN", "NAN", "None", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT")
"""The usual marks: of PostgreSQL and MariaDB, of JSON, of NumPy and pandas, of Python, of R, of Excel."""

_HIDDEN = "-1"


def may_hide(names: Mapping[str, int]) -> bool:
    """Returns whether the label -1 may stand for hidden labels: it does in data sets whose classes are numbered from 0.

    Args:
        names: The number of rows of each label.

    Returns:
        Whether there is such a label, and all others are numbers from 0.
    """
    others = set(names) - {_HIDDEN}
    return _HIDDEN in names and (not others or "0" in others) and all(name.isdecimal() for name in others)


def is_null(value: Any) -> bool:
    """Returns whether a value is null, or NaN, which frames write for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_missing(value: Any, marks: frozenset[str]) -> bool:
    """Returns whether a value is no label: null, NaN, blank, or one of the marks.

    Args:
        value: A table cell, a JSON value, or a feature of a data set.
        marks: The strings that mark a missing label.

    Returns:
        Whether the label is missing.
    """
    if isinstance(value, str):
        return not value.strip() or value.strip() in marks
    return is_null(value)
