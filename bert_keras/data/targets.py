"""What a row's label means: the target of each task, out of a cell, a JSON value or a TFDS feature."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Target: TypeAlias = str | tuple[str, ...] | float
_LARGEST = float(np.finfo(np.float32).max)
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "": False}


class WrongValue(ValueError):
    """A value that is no text or no label; says what was expected and received, not where."""


def text_of(value: Any) -> str:
    """Takes a text; null is an empty one.

    Raises:
        WrongValue: Something else.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise WrongValue(f"a text expected. Received: {_shown(value)}")


def label_of(value: Any) -> str | None:
    """Takes a label's name; numbers and true and false are names.

    Args:
        value: A string, an integer, a bool or None.

    Returns:
        The name as it stands there, or None where there is none.

    Raises:
        WrongValue: Something else.
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None:
        return None
    if isinstance(value, bool | int):
        return json.dumps(value)
    raise WrongValue(f"a label expected: a string or an integer. Received: {_shown(value)}")


def labels_of(separator: str) -> Callable[[Any], tuple[str, ...]]:
    """Makes what takes any number of labels.

    Args:
        separator: Stands between names in a string.

    Returns:
        Takes a string of names or of a JSON list, a list or None; returns the names, each once.
    """

    def labels(value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            value = (
                _json_list(value)
                if value.lstrip().startswith("[")
                else [name.strip() for name in value.split(separator)]
            )
        if value is None:
            return ()
        if not isinstance(value, list):
            raise WrongValue(
                f"a list of labels expected, or names with {separator!r} between them. Received: {_shown(value)}"
            )
        return tuple(dict.fromkeys(name for entry in value if (name := label_of(entry)) is not None))

    return labels


def flags_of(names: Sequence[str]) -> Callable[[Sequence[Any]], tuple[str, ...]]:
    """Makes what takes a row of columns of 0 and 1.

    Args:
        names: Of the columns, which are the labels.

    Returns:
        Takes the row; returns the names of the columns with a 1.
    """

    def flags(values: Sequence[Any]) -> tuple[str, ...]:
        return tuple(name for name, value in zip(names, values, strict=True) if _flag(name, value))

    return flags


def number_of(value: Any) -> float | None:
    """Takes a number.

    Args:
        value: A number, a string of one, or None.

    Returns:
        The number, or None where there is none.

    Raises:
        WrongValue: Something else, or beyond the range of 32-bit numbers.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _LARGEST:  # NaN is not either
        raise WrongValue(f"a number expected. Received: {_shown(value)}")
    return number


def _json_list(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongValue(f"a JSON list of labels expected, as it begins with '['. Received: {_shown(text)}") from error


def _flag(name: str, value: Any) -> bool:
    flag = _FLAGS.get(str("" if value is None else value).strip().lower())
    if flag is None:
        raise WrongValue(f"0 or 1 expected in the column {name!r}. Received: {_shown(value)}")
    return flag


def _shown(value: Any) -> str:
    try:
        return f"{value!r:.80}"
    except ValueError:  # an integer of more than 4,300 digits has no decimal form
        return "an integer of thousands of digits"
