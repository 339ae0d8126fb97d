"""Conversion of a column of labels to the targets of each task."""

import json
import math
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from bert_keras.data.labels.lists import CHOICES, ShortenedList, in_quotes, list_of, looks_like_list
from bert_keras.data.labels.missing import is_missing
from bert_keras.files.messages import shown_value

Target: TypeAlias = str | tuple[str, ...] | float
_LARGEST = float(np.finfo(np.float32).max)
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "": False, "0.0": False, "1.0": True}
_FLAGS |= {"f": False, "t": True, "no": False, "yes": True}
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_SEPARATORS = (",", ";")  # beside the usual one


class WrongValue(ValueError):
    """An invalid text or label; the message states what was expected and received, not the location."""


def text_of(value: Any) -> str:
    r"""Returns a text; an empty one for None and `\N`.

    Raises:
        WrongValue: The value is not a string.
    """
    if isinstance(value, str):
        return value if value != r"\N" else ""
    if value is None:
        return ""
    raise WrongValue(f"a text expected. Received: {shown_value(value)}")


class Targets(ABC):
    """The conversion of a column to targets.

    Values of a column may be written in several ways; the first rows that are surveyed decide for the rest.

    Args:
        marks: The strings that mark a missing label.
    """

    def __init__(self, marks: Sequence[str]) -> None:
        self._marks = frozenset(marks)
        self._surveyed = False

    def survey(self, values: Sequence[Any]) -> None:
        """Looks at the first values; further calls after values that are not missing do nothing.

        Raises:
            WrongValue: The values cannot be understood without the user's help.
        """
        if self._surveyed:
            return
        there = [value for value in values if not is_missing(value, self._marks)]
        if there:
            self._surveyed = True
            self._survey(there)

    @abstractmethod
    def take(self, value: Any) -> Target | None:
        """Converts a value.

        Returns:
            The target; None if the label is missing.

        Raises:
            WrongValue: The value is invalid.
        """

    @abstractmethod
    def _survey(self, values: Sequence[Any]) -> None:
        """Looks at the first values that are not missing."""

    def _name(self, value: Any) -> str | None:
        """Converts a value to a label name; numbers and booleans become their JSON text."""
        if is_missing(value, self._marks):
            return None
        if isinstance(value, str):
            return value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool | int):
            # A mark such as -1 may come as a number.
            return None if (name := json.dumps(value)) in self._marks else name
        advice = "; for numbers there is --task regression" if isinstance(value, float) else ""
        raise WrongValue(f"a label expected: a string or an integer. Received: {shown_value(value)}{advice}")


class Labels(Targets):
    """One label for each row: a string, an integer, a boolean, or a list of at most one of these."""

    _lists = False

    def _survey(self, values: Sequence[Any]) -> None:
        # A name in brackets is a name, unless all are.
        self._lists = all(isinstance(value, str) and looks_like_list(value) for value in values)

    def take(self, value: Any) -> str | None:
        """Converts a value; see `Targets.take`."""
        items = _list(value, bare=self._lists) if isinstance(value, str) else _items(value)
        if items is None:
            return self._name(value)
        names = [name for item in items if (name := self._name(item)) is not None]
        if len(names) > 1:
            raise WrongValue(
                f"one label expected. Received: {len(names)} of them, {shown_value(value)}; for rows with any number "
                "of labels there is --task multi_label"
            )
        return names[0] if names else None


class LabelSets(Targets):
    """Any number of labels for each row, as a list or as names with a separator.

    Args:
        marks: The strings that mark a missing label.
        separator: The separator of names in a string; None looks for one.
        names: The names of the places in lists of 0 and 1; None if there are no such lists.
    """

    def __init__(self, marks: Sequence[str], separator: str | None, names: Sequence[str] | None) -> None:
        super().__init__(marks)
        self._separator, self._names = separator, names
        self._bare = True

    def _survey(self, values: Sequence[Any]) -> None:
        # Beside names without brackets, one in brackets is a name too; lists in quote marks are lists everywhere.
        brackets = all(not isinstance(value, str) or looks_like_list(value) for value in values)
        self._bare = brackets or self._names is not None
        try:
            lists = [_list(value, self._bare) if isinstance(value, str) else _items(value) for value in values]
        except WrongValue:
            return  # `take` comes upon it too, and there its line is known
        strings = [value for value, items in zip(values, lists, strict=True) if items is None]
        if not strings and self._names is None and _multi_hot(lists):
            raise WrongValue(
                f"lists of {len(lists[0] or ())} numbers, each 0 or 1, stand for labels by their place, and need "
                f"names. Received: {shown_value(values[0])}; name the places with --label_names, e.g. --label_names a b"
            )
        if self._separator is None:
            self._separator = _separator([value for value in strings if isinstance(value, str)])

    def take(self, value: Any) -> tuple[str, ...]:
        """Converts a value; see `Targets.take`. A missing value is a row without labels."""
        if is_missing(value, self._marks):
            return ()
        items = _items(value)
        if isinstance(value, str):
            items = _list(value, self._bare)
            if items is None:
                items = [name.strip() for name in value.split(self._separator or "|")]
        if items is None:
            raise WrongValue(
                f"a list of labels expected, or names with {self._separator or '|'!r} between them. "
                f"Received: {shown_value(value)}"
            )
        if self._names is not None:
            return self._named(items, value, self._names)
        return tuple(dict.fromkeys(name for item in items if (name := self._name(item)) is not None))

    def _named(self, items: Sequence[Any], value: Any, names: Sequence[str]) -> tuple[str, ...]:
        flags = [_zero_or_one(item) for item in items]
        if len(flags) != len(names) or None in flags:
            raise WrongValue(
                f"a list of {len(names)} numbers, each 0 or 1, expected, as --label_names has as many names. "
                f"Received: {shown_value(value)}"
            )
        return tuple(name for name, flag in zip(names, flags, strict=True) if flag)


class Flags(Targets):
    """A column of 0 and 1 for each label; a value is the row of all columns.

    Args:
        names: The names of the columns, which are the labels.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(())
        self._names = names

    def _survey(self, values: Sequence[Any]) -> None:
        """Looks at nothing: 0 and 1 are written in one way."""

    def take(self, value: Sequence[Any]) -> tuple[str, ...]:
        """Converts the values of all columns; see `Targets.take`."""
        return tuple(name for name, flag in zip(self._names, value, strict=True) if _flag(name, flag))


class Numbers(Targets):
    """A number for each row, with a point or, if the first rows show it, with a decimal comma."""

    _comma = False

    def _survey(self, values: Sequence[Any]) -> None:
        commas = [value.strip() for value in values if isinstance(value, str) and "," in value]
        if not commas or not all(map(_DECIMAL_COMMA.fullmatch, commas)):
            return
        if any(isinstance(value, str) and "." in value for value in values):
            return
        if all(len(value.partition(",")[2]) == 3 for value in commas):
            raise WrongValue(
                f"a number expected whose comma is not in doubt: a fraction or thousands. Received: "
                f"{shown_value(commas[0])}; write 1.234 for a fraction, or 1234"
            )
        self._comma = True

    def take(self, value: Any) -> float | None:
        """Converts a value; see `Targets.take`."""
        if is_missing(value, self._marks):
            return None
        given = value
        if self._comma and isinstance(value, str):
            given = value.replace(",", ".") if "." not in value else "both"
        try:
            number = math.nan if isinstance(value, bool) or not isinstance(given, str | int | float) else float(given)
        except (ValueError, OverflowError):
            number = math.nan
        if not abs(number) <= _LARGEST:  # also true for NaN
            raise WrongValue(f"a number expected. Received: {shown_value(value)}")
        return number


def _items(value: Any) -> list[Any] | None:
    """Returns the items of a value that is a list, or an object that holds only a list of choices."""
    if isinstance(value, dict) and set(value) == {CHOICES}:
        value = value[CHOICES]
    return value if isinstance(value, list) else None


def _list(text: str, bare: bool) -> list[Any] | None:
    """Returns the items of a printed list; None of a text that is no list.

    Args:
        text: The text.
        bare: Whether what is in brackets without quote marks is a list too, or else a name.

    Raises:
        WrongValue: The list is broken, or was shortened.
    """
    if not looks_like_list(text) or not (bare or in_quotes(text)):
        return None
    try:
        items = list_of(text)
    except ShortenedList as error:
        raise WrongValue(
            f"a whole list expected, and its middle was left out when it was printed. Received: {shown_value(text)}; "
            "write the data as JSON lines or Parquet"
        ) from error
    if items is None:
        raise WrongValue(f"a list of labels expected, as it is in brackets. Received: {shown_value(text)}")
    return items


def _zero_or_one(item: Any) -> bool | None:
    """Returns what a place of a multi-hot list says; None if it is anything else."""
    if isinstance(item, str):
        return _FLAGS.get(item.strip().lower()) if item.strip() else None
    return bool(item) if isinstance(item, bool | int | float) and item in (0, 1) else None


def _multi_hot(lists: Sequence[Sequence[Any] | None]) -> bool:
    """Returns whether lists have one length, above 1, and hold nothing but 0 and 1, or false and true."""
    there = [items for items in lists if items is not None]
    flags = [_zero_or_one(item) for items in there for item in items]
    return len({len(items) for items in there}) == 1 and len(there[0]) > 1 and None not in flags


def _separator(values: Sequence[str]) -> str:
    """Returns the separator of names: one whose parts also stand alone, or between others.

    Raises:
        WrongValue: The parts may as well be one name with a comma in it.
    """
    if any("|" in value for value in values):
        return "|"
    for separator in _SEPARATORS:
        joined = {value for value in values if separator in value}
        if not joined:
            continue
        alone = {value.strip() for value in values} - {value.strip() for value in joined}
        parts = Counter(part for value in joined for part in {part.strip() for part in value.split(separator)})
        known = [part in alone or times > 1 for part, times in parts.items()]
        if any(part in alone for part in parts) and sum(known) * 2 >= len(known):
            return separator
        if any(known):
            raise WrongValue(
                f"{separator!r} may stand between labels, or within one. Received: {shown_value(min(joined))}; say it "
                f"with --label_separator: {separator!r}, or '|' if it is within"
            )
    return "|"


def _flag(name: str, value: Any) -> bool:
    flag = _FLAGS.get(str("" if value is None else value).strip().lower())
    if flag is None:
        raise WrongValue(f"0 or 1 expected in the column {name!r}. Received: {shown_value(value)}")
    return flag
