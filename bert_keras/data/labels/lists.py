"""Lists in a single field, as tools print them.

These are read: JSON (`["x", "y"]`), Python and pandas (`['x', 'y']`), NumPy and Hugging Face datasets (`['x' 'y']`,
`[0 1]`), DuckDB (`[x, y z, 'q,r']`), PostgreSQL (`{x,"y z"}`), and Label Studio (`{"choices": ["x", "y"]}`).
"""

import json
import re
from typing import Any

_QUOTED = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"
# A bare item may have quote marks in it, but not begin with one.
_ITEM = re.compile(rf"\s*({_QUOTED}|(?![\"'])[^,]*?)\s*(?:,|\Z)", re.DOTALL)
_QUOTED_ITEMS = re.compile(rf"\s*(?:(?:{_QUOTED})\s*)+", re.DOTALL)
_NUMBER = r"(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|True|False)"
_NUMBERS = re.compile(rf"\s*{_NUMBER}(?:\s+{_NUMBER})*\s*")
_ELLIPSIS = re.compile(r"(?:^|[\s,])\.\.\.(?:$|[\s,])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NULLS = ("NULL", "None", "null", "nan")
CHOICES = "choices"


class ShortenedList(ValueError):
    """A list that was printed with "..." in place of its middle, so that items are lost."""


def looks_like_list(text: str) -> bool:
    """Returns whether a text is in brackets or braces, as all of these tools write lists."""
    text = text.strip()
    return text[:1] + text[-1:] in ("[]", "{}")


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
    if _ELLIPSIS.search(text[1:-1]):
        raise ShortenedList(text)
    return _in_brackets(text[1:-1]) if text[0] == "[" else _in_braces(text[1:-1])


def _in_brackets(inner: str) -> list[Any] | None:
    if not inner.strip():
        return []
    if _QUOTED_ITEMS.fullmatch(inner):
        return [_unquoted(item) for item in re.findall(_QUOTED, inner, re.DOTALL)]
    if _NUMBERS.fullmatch(inner):
        return [_number(item) for item in inner.split()]
    return _between_commas(inner)


def _in_braces(inner: str) -> list[Any] | None:
    return [] if not inner.strip() else _between_commas(inner)


def _between_commas(inner: str) -> list[Any] | None:
    """Returns the items between commas; None where something stands behind a closing quote mark."""
    items: list[Any] = []
    place = 0
    while place < len(inner):  # so that nothing is read behind a last comma
        match = _ITEM.match(inner, place)
        if match is None:
            return None
        items.append(None if match[1] in _NULLS else _unquoted(match[1]))
        place = match.end()
    return items


def _unquoted(item: str) -> str:
    if item[:1] in ("'", '"') and item[-1:] == item[:1] and len(item) > 1:
        return _ESCAPED.sub(lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), item[1:-1])
    return item


def _number(item: str) -> Any:
    if item in ("True", "False"):
        return item == "True"
    number = float(item)
    return int(number) if number.is_integer() else number
