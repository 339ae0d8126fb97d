"""Reads the JSON of a request's body: fast if it is the usual kind, else as RapidJSON does to the letter."""

import json
import re
from typing import Any

from bert_keras.serving.server.codes import INVALID_ARGUMENT
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.rest.json_reader import JSONError, Value, read_json
from bert_keras.serving.server.rest.quoting import quoted

# Where Python's parser and RapidJSON may differ: whole numbers near 64 bits, large exponents, lone surrogates.
_RARE = re.compile(
    r"[0-9]{18}|[eE][-+]?[0-9]{3}|\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]"
)
_START = re.compile("\ufeff?[ \n\r\t]*")
_MAY_BE_RARE = re.compile(r"[0-9]{3}|\\u[dD]")


class _DoubledKeyError(ValueError):
    """An object with equal keys, of which Python keeps the last."""


def _object(members: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(members)
    if len(found) != len(members):
        raise _DoubledKeyError
    return found


_scan = json.JSONDecoder(object_pairs_hook=_object).scan_once  # type: ignore[attr-defined]


def read_body(body: bytes) -> dict[str, Any]:
    """Parses the JSON object that a body begins with.

    Args:
        body: The body, inflated.

    Returns:
        The object. Texts are str, or bytes where the body is not the usual kind.

    Raises:
        ServingError: The body is empty, no JSON, or no object.
    """
    if not body:
        raise ServingError(INVALID_ARGUMENT, "JSON Parse error: The document is empty")
    try:
        value = _usual(body)
    except (ValueError, StopIteration, RecursionError):
        try:
            value = read_json(body)
        except JSONError as error:
            raise ServingError(INVALID_ARGUMENT, f"JSON Parse error: {error}") from None
    if not isinstance(value, dict):
        raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(value)} Is not object")
    return value


def _usual(body: bytes) -> Value:
    """Parses a body with Python's parser; raises an error if that could differ from RapidJSON."""
    text = body.decode()
    if _MAY_BE_RARE.search(text) and _RARE.search(text):
        raise ValueError
    start = _START.match(text)
    assert start is not None
    value, _ = _scan(text, start.end())
    return value
