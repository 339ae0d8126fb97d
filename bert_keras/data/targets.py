"""Conversion of a row's label (a table cell, a JSON value or a TFDS feature) to the target of each task."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Target: TypeAlias = str | tuple[str, ...] | float
_LARGEST = float(np.finfo(np.float32).max)
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "": False}


class WrongValue(ValueError):
    """An invalid text or label; the message states what was expected and received, not the location."""


def text_of(value: Any) -> str:
    """Returns a text; an empty one for None.

    Raises:
        WrongValue: The value is not a string.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise WrongValue(f"a text expected. Received: {_shown(value)}")


def label_of(value: Any) -> str | None:
    """Converts a value to a label name; integers and booleans become their JSON text.

    Args:
        value: A string, an integer, a bool or None.

    Returns:
        The label name; None if the value is None or blank.

    Raises:
        WrongValue: The value is of another type.
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None:
        return None
    if isinstance(value, bool | int):
        return json.dumps(value)
    raise WrongValue(f"a label expected: a string or an integer. Received: {_shown(value)}")


def labels_of(separator: str) -> Callable[[Any], tuple[str, ...]]:
    """Returns the conversion of one value to any number of label names.

    Args:
        separator: The separator of names in a string.

    Returns:
        A function that takes a string of names, a string with a JSON list, a list or None, and returns the unique
        names.
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
    """Returns the conversion of a row of 0/1 columns to label names.

    Args:
        names: The names of the columns, which are the labels.

    Returns:
        A function that takes the values of the columns, and returns the names of those with a 1.
    """

    def flags(values: Sequence[Any]) -> tuple[str, ...]:
        return tuple(name for name, value in zip(names, values, strict=True) if _flag(name, value))

    return flags


def number_of(value: Any) -> float | None:
    """Converts a value to a number.

    Args:
        value: A number, a string with a number, or None.

    Returns:
        The number; None if the value is None or blank.

    Raises:
        WrongValue: The value is not a number, or exceeds the range of float32.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _LARGEST:  # also true for NaN
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
    except ValueError:  # Python refuses to print an integer of more than 4,300 digits
        return "an integer of thousands of digits"
