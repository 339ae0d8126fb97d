"""A JSON parser that accepts, refuses and words its errors as RapidJSON does, the parser of TensorFlow Serving.

It works on bytes, since a body need not be UTF-8, and needs no recursion. Read in RapidJSON's `reader.h`, with the
flags that allow NaN and stop behind the first value. The fast path for the usual body is in `body.py`.
"""

import re
from typing import Any, TypeAlias

MAX_DEPTH = 1000
"""The number of lists and objects within each other above which a body is refused; RapidJSON overflows the stack."""

Value: TypeAlias = Any
"""A value: None, bool, int, float, text (str, or bytes where it comes from this parser), list or dict of str keys."""

_SPACE = re.compile(rb"[ \n\r\t]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(rb"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_HEX = re.compile(rb"[0-9a-fA-F]{4}")
_ESCAPES = {
    0x22: b'"',
    0x5C: b"\\",
    0x2F: b"/",
    0x62: b"\b",
    0x66: b"\f",
    0x6E: b"\n",
    0x72: b"\r",
    0x74: b"\t",
}
_WORDS = {0x6E: (b"null", None), 0x74: (b"true", True), 0x66: (b"false", False)}
_QUOTE, _BACKSLASH, _COMMA, _COLON = 0x22, 0x5C, 0x2C, 0x3A
_OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = 0x5B, 0x5D, 0x7B, 0x7D


class JSONError(ValueError):
    """A body that is no JSON; the message is RapidJSON's, with the offset in bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at offset: {offset}")


def read_json(body: bytes) -> Value:
    """Parses the first JSON value in a body.

    Args:
        body: The body. What stands after the value is ignored, as is a byte order mark.

    Returns:
        The value. Texts are bytes; of equal keys in an object the first one counts.

    Raises:
        JSONError: The body is no JSON, or is nested deeper than `MAX_DEPTH`.
    """
    return _Reader(body).value()


class _Reader:
    """The state of the parser: the body, with a zero byte as its end, and the offset of the next byte."""

    def __init__(self, body: bytes) -> None:
        self.body = body + b"\0"
        self.at = 0
        for mark in b"\xef\xbb\xbf":
            self.at += self.body[self.at] == mark

    def value(self) -> Value:
        """Returns the first value in the body."""
        self.skip_space()
        if not self.body[self.at]:
            raise JSONError("The document is empty.", self.at)
        # A container that is being filled, and the key for the next value if it is an object.
        open_values: list[tuple[Any, str | None]] = []
        while True:
            value, opened = self.one_value()
            if opened:
                if len(open_values) >= MAX_DEPTH:
                    raise JSONError(f"Lists and objects are nested deeper than {MAX_DEPTH} levels.", self.at)
                open_values.append((value, self.key() if isinstance(value, dict) else None))
                continue
            while open_values:
                value_ends = self.put(open_values, value)
                if not value_ends:
                    break
                value = open_values.pop()[0]
            else:
                return value

    def put(self, open_values: list[tuple[Any, str | None]], value: Value) -> bool:
        """Adds a value to the innermost container, and returns whether that ends behind it."""
        container, key = open_values[-1]
        if key is None:
            container.append(value)
        else:
            container.setdefault(key, value)
        self.skip_space()
        byte, end = self.body[self.at], _CLOSE_LIST if key is None else _CLOSE_OBJECT
        if byte not in (_COMMA, end):
            what = "a comma or ']' after an array element." if key is None else "a comma or '}' after an object member."
            raise JSONError(f"Missing {what}", self.at)
        self.at += 1
        if byte == end:
            return True
        self.skip_space()
        if key is not None:
            open_values[-1] = (container, self.key())
        return False

    def one_value(self) -> tuple[Value, bool]:
        """Returns the value at the offset, and whether it is a container whose content follows."""
        byte = self.body[self.at]
        if byte == _QUOTE:
            return self.text(), False
        if byte in (_OPEN_LIST, _OPEN_OBJECT):
            self.at += 1
            self.skip_space()
            end = _CLOSE_LIST if byte == _OPEN_LIST else _CLOSE_OBJECT
            empty: Value = [] if byte == _OPEN_LIST else {}
            if self.body[self.at] == end:
                self.at += 1
                return empty, False
            return empty, True
        if byte in _WORDS:
            word, value = _WORDS[byte]
            self.word(word)
            return value, False
        return self.number(), False

    def skip_space(self) -> None:
        """Moves the offset behind white space."""
        self.at = _SPACE.match(self.body, self.at).end()  # type: ignore[union-attr]

    def word(self, word: bytes) -> None:
        """Moves the offset behind a word, such as `true`, whose first byte is there."""
        for byte in word:
            if self.body[self.at] != byte:
                raise JSONError("Invalid value.", self.at)
            self.at += 1

    def key(self) -> str:
        """Returns the key at the offset, and moves the offset to its value."""
        if self.body[self.at] != _QUOTE:
            raise JSONError("Missing a name for object member.", self.at)
        key = self.text().decode(errors="surrogateescape")
        self.skip_space()
        if self.body[self.at] != _COLON:
            raise JSONError("Missing a colon after a name of object member.", self.at)
        self.at += 1
        self.skip_space()
        return key

    def text(self) -> bytes:
        """Returns the string at the offset."""
        self.at += 1
        parts = []
        while True:
            plain = _PLAIN.match(self.body, self.at)
            assert plain is not None
            parts.append(plain[0])
            self.at = plain.end()
            byte = self.body[self.at]
            if byte == _QUOTE:
                self.at += 1
                return b"".join(parts)
            if byte == _BACKSLASH:
                parts.append(self.escape())
            elif byte == 0:
                raise JSONError("Missing a closing quotation mark in string.", self.at)
            else:
                raise JSONError("Invalid escape character in string.", self.at)

    def escape(self) -> bytes:
        """Returns what the escape at the offset stands for, in UTF-8; a lone low surrogate in three bytes."""
        start = self.at
        byte = self.body[start + 1] if start + 1 < len(self.body) else 0
        if byte in _ESCAPES:
            self.at += 2
            return _ESCAPES[byte]
        if byte != 0x75:
            raise JSONError("Invalid escape character in string.", start)
        self.at += 2
        code = self.four_digits(start)
        if 0xD800 <= code <= 0xDBFF:
            if self.body[self.at : self.at + 2] != b"\\u":
                raise JSONError("The surrogate pair in string is invalid.", start)
            self.at += 2
            low = self.four_digits(start)
            if not 0xDC00 <= low <= 0xDFFF:
                raise JSONError("The surrogate pair in string is invalid.", start)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        return chr(code).encode(errors="surrogatepass")

    def four_digits(self, start: int) -> int:
        """Returns the number of four hexadecimal digits at the offset, in an escape that begins at `start`."""
        digits = _HEX.match(self.body, self.at)
        if digits is None:
            raise JSONError("Incorrect hex digit after \\u escape in string.", start)
        self.at = digits.end()
        return int(digits[0], 16)

    def number(self) -> int | float:
        """Returns the number at the offset: an int if it is a whole one of 64 bits, else a double."""
        start = self.at
        found = _NUMBER.match(self.body, start)
        if found is None:
            return self.special_number()
        self.at = found.end()
        self._check_end_of_number(found)
        whole, fraction, exponent = found.groups()
        if fraction is None and exponent is None and len(whole) <= 20 and -(2**63) <= int(whole) < 2**64:
            return int(whole)
        value = float(found[0])
        if abs(value) == float("inf") or (exponent and _exponent(exponent) > 308 + len(fraction or b".") - 1):
            raise JSONError("Number too big to be stored in double.", start)
        return value

    def _check_end_of_number(self, found: re.Match[bytes]) -> None:
        """Raises an error if a fraction or an exponent begins behind a number and has no digits."""
        byte = self.body[self.at]
        if byte == 0x2E and found[2] is None and found[3] is None:
            raise JSONError("Miss fraction part in number.", self.at + 1)
        if byte in b"eE" and found[3] is None:
            signed = self.body[self.at + 1] in b"+-"
            raise JSONError("Miss exponent in number.", self.at + 1 + signed)

    def special_number(self) -> float:
        """Returns the NaN or infinity at the offset."""
        sign = -1.0 if self.body[self.at] == 0x2D else 1.0
        self.at += sign < 0
        if self.body[self.at] == 0x4E:
            self.word(b"NaN")
            return float("nan")
        if self.body[self.at] == 0x49:
            self.word(b"Inf")
            if self.body[self.at] == 0x69:
                self.word(b"inity")
            return sign * float("inf")
        raise JSONError("Invalid value.", self.at)


def _exponent(digits: bytes) -> int:
    """Returns the number of an exponent such as `e-05`; a very long one is only large."""
    return int(digits[1:12]) if len(digits) > 12 else int(digits[1:])
