"""Values of a request as messages quote them: as RapidJSON's pretty writer prints them, cut when they are long."""

import math
import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from bert_keras.serving.server.rest.numbers import decimal_text

_LIMIT = 256
"""The number of bytes after which nothing more is written; a value that was begun is written whole."""
_LOWER = re.compile(r"\\u00[01][0-9a-f]")


class _CutError(Exception):
    """The limit is reached, or a number cannot be written."""


def json_text(text: str | bytes) -> str:
    """Returns a text as a JSON string, as RapidJSON writes it: only quotes, backslashes and controls are escaped."""
    if isinstance(text, bytes):
        text = text.decode(errors="surrogateescape")
    written = encode_basestring(text)
    return _LOWER.sub(lambda found: "\\u" + found[0][2:].upper(), written) if "\\u00" in written else written


def quoted(value: Any) -> str:
    """Returns a value as a message quotes it.

    Args:
        value: A value of a request.

    Returns:
        The JSON text, cut between two values after 256 bytes. A lone NaN is empty.
    """
    if isinstance(value, float):
        return decimal_text(value) if math.isfinite(value) else ""
    written = _Writer()
    try:
        for piece in _pieces(value, 0, ""):
            written.add(piece)
    except _CutError:
        pass
    return "".join(written.parts)


class _Writer:
    """Collects pieces of text until the limit is reached."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        if self.size >= _LIMIT:
            raise _CutError
        self.parts.append(piece)
        self.size += len(piece.encode(errors="surrogatepass"))


def _pieces(value: Any, depth: int, before: str) -> Iterator[str]:
    """Yields the text of a value in the pieces that the writer writes whole; `before` joins the first one."""
    if isinstance(value, dict):
        yield before + "{"
        for place, (key, member) in enumerate(value.items()):
            comma = "," if place else ""
            yield f"{comma}\n{'    ' * (depth + 1)}{json_text(key)}"
            yield from _pieces(member, depth + 1, ": ")
        yield "}" if not value else f"\n{'    ' * depth}}}"
    elif isinstance(value, list):
        yield before + "["
        for place, member in enumerate(value):
            yield from _pieces(member, depth + 1, ", " if place else "")
        yield "]"
    else:
        yield before + _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (str, bytes)):
        return json_text(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise _CutError  # the writer stops at a number that JSON does not have
    return _shortest(value)


def _shortest(value: float) -> str:
    """Returns a double in the fewest digits that give it back, with an exponent beyond 21 digits or 6 zeros."""
    digits, exponent = f"{value:.17e}", 0
    for precision in range(17):
        digits = f"{value:.{precision}e}"
        if float(digits) == value:
            break
    mantissa, _, power = digits.partition("e")
    exponent = int(power)
    if -6 <= exponent < 21:
        places = max(len(mantissa.replace("-", "").replace(".", "")) - 1 - exponent, 1)
        return f"{value:.{places}f}"
    return f"{mantissa}e{exponent}"
