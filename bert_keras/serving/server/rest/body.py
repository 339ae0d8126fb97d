"""Reads the JSON of a request's body: fast if it is the usual kind, else as RapidJSON does to the letter."""

import json
import re
from typing import Any

from bert_keras.serving.server.codes import INVALID_ARGUMENT
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.rest.json_reader import JSONError, Value, read_json
from bert_keras.serving.server.rest.quoting import quoted

# Python's parser and RapidJSON may differ in whole numbers near 64 bits, large exponents and lone surrogates. All
# digits are looked for as zeros, without signs, since a search for fixed bytes takes a tenth of the time of a pattern.
_DIGITS = bytes.maketrans(b"123456789E", b"000000000e")
_LONG_NUMBER, _LARGE_EXPONENT = b"0" * 18, b"e000"
_LONE = re.compile(rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]", re.DOTALL)
_START = re.compile("\ufeff?[ \n\r\t]*")


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
    zeros = body.translate(_DIGITS, b"+-")
    if _LONG_NUMBER in zeros or _LARGE_EXPONENT in zeros or (b"\\u" in body and _LONE.search(body)):
        raise ValueError
    start = _START.match(text)
    assert start is not None
    value, _ = _scan(text, start.end())
    return value
