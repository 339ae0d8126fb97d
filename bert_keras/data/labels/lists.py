"""Lists in a single field, as tools print them.

These are read: JSON (`["x", "y"]`), Python and pandas (`['x', 'y']`, `('x', 'y')`), NumPy and Hugging Face datasets
(`['x' 'y']`, `[0 1]`), DuckDB (`[x, y z, 'q,r']`), PostgreSQL (`{x,"y z"}`), and Label Studio
(`{"choices": ["x", "y"]}`).
"""

import ast
import json
import re
from collections.abc import Callable
from typing import Any

_QUOTED = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"
# A bare item may have quote marks in it, but not begin with one; what holds brackets or braces is quoted.
_ITEM = re.compile(rf"\s*({_QUOTED}|(?![\"'\s])[^,\[\]{{}}]+?)\s*(?:,(?!\s*\Z)|\Z)", re.DOTALL)
# As NumPy prints them; a missing one is None or nan.
_PRINTED = rf"{_QUOTED}|None|nan"
_PRINTED_ITEMS = re.compile(rf"\s*(?:{_PRINTED})(?:\s+(?:{_PRINTED}))*\s*", re.DOTALL)
# Without zeros before it, which NumPy does not print, but names such as 007 have.
_NUMBER = r"(?:[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|True|False)"
_NUMBERS = re.compile(rf"\s*{_NUMBER}(?:\s+{_NUMBER})*\s*")
_ELLIPSIS = re.compile(r"(?:^|[\s,])\.\.\.(?:$|[\s,])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORDS = {"NULL": None, "None": None, "null": None, "nan": None, "True": True, "False": False}
_PAIRS = ("[]", "{}", "()")
_EMPTY = ("()", "set()")
CHOICES = "choices"


class ShortenedList(ValueError):
    """A list that was printed with "..." in place of its middle, so that items are lost."""


def looks_like_list(text: str) -> bool:
    """Returns whether a text is in brackets or braces, as all of these tools write lists, or a printed tuple."""
    text = text.strip()
    return text in _EMPTY or text[:1] + text[-1:] in _PAIRS and (text[0] != "(" or text[1:2] in ("'", '"'))


def list_of(text: str) -> list[Any] | None:
    """Reads a list.

    Args:
        text: The text, e.g. `['x', 'y']`.

    Returns:
        The items: strings as they are without their quote marks, numbers and booleans of JSON and NumPy, None for null.
        None if the text is no list.

    Raises:
        ShortenedList: NumPy has left out the middle of a long list.
    """
    text = text.strip()
    if text in _EMPTY:
        return []
    if not looks_like_list(text):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        value = value.get(CHOICES) if set(value) == {CHOICES} else ([] if not value else None)
        return value if isinstance(value, list) else None
    if isinstance(value, list):
        return value
    inner = text[1:-1]
    if _ELLIPSIS.search(inner):
        raise ShortenedList(text)
    if not inner.strip():
        return []
    if text[0] == "{":
        return _between_commas(inner, _in_braces)
    return _in_brackets(inner.rstrip().removesuffix(",") if text[0] == "(" else inner)


def in_quotes(text: str) -> bool:
    """Returns whether a list begins with an item in quote marks, so that it is not a name in brackets."""
    return text.strip()[1:].lstrip()[:1] in ("'", '"')


def _in_brackets(inner: str) -> list[Any] | None:
    if _PRINTED_ITEMS.fullmatch(inner):
        found = re.findall(_PRINTED, inner, re.DOTALL)
        return [_in_python(item) if item[0] in "'\"" else None for item in found]
    if _NUMBERS.fullmatch(inner):
        return [_number(item) for item in inner.split()]
    return _between_commas(inner, _in_python)


def _between_commas(inner: str, unquoted: Callable[[str], str]) -> list[Any] | None:
    """Returns the items between commas; None where something stands behind a closing quote mark, or no item."""
    items: list[Any] = []
    place = 0
    while place < len(inner):
        match = _ITEM.match(inner, place)
        if match is None:
            return None
        item = match[1]
        items.append(unquoted(item) if item[0] in "'\"" else _WORDS.get(item, item))
        place = match.end()
    return items


def _in_python(item: str) -> str:
    """Returns the string that Python prints so; a backslash of DuckDB, which escapes less, is read alike."""
    try:
        return str(ast.literal_eval(item))
    except (ValueError, SyntaxError):  # a real line end
        return _ESCAPED.sub(r"\1", item[1:-1])


def _in_braces(item: str) -> str:
    """Returns an item of PostgreSQL, which escapes quote marks and backslashes alone, or of a set of Python."""
    return _in_python(item) if item[0] == "'" else _ESCAPED.sub(r"\1", item[1:-1])


def _number(item: str) -> Any:
    if item in ("True", "False"):
        return item == "True"
    number = float(item)
    return int(number) if number.is_integer() else number
