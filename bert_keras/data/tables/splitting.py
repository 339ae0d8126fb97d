"""Cutting of lines into records of fields, for each style of dialect."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator

from bert_keras.data.tables.dialect import Dialect
from bert_keras.files.text_file import LONGEST_LINE

Fields = list[str | None]
"""The fields of a record; None is a null that the dialect marks."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CODES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "Z": "\x1a"}
# Within quoted fields of Spark a backslash escapes only these; before any other character it is itself.
_ESCAPED_IN_QUOTES = re.compile(r'\\(["\\\n])')


class BrokenRecord(ValueError):
    """A record that cannot be cut into fields; the message says why.

    Args:
        message: What is wrong.
        line: The line on which the record begins, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def split(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, Fields]]:
    """Cuts lines into records.

    Args:
        lines: The lines with their ends.
        dialect: The dialect.

    Yields:
        The line on which each record begins, from 1, and its fields. Blank lines are skipped.

    Raises:
        BrokenRecord: A record does not follow the dialect.
    """
    return _STYLES[dialect.style](lines, dialect)


def _csv(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, Fields]]:
    # Without the limit, an unclosed quote mark would read the rest of the file into memory.
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(lines, delimiter=dialect.separator, strict=True)
    begin = 1
    try:
        for row in reader:
            if row:
                yield begin, row  # type: ignore[misc]  # a list of strings is a list of strings or None
            begin = reader.line_num + 1
    except csv.Error as error:
        raise BrokenRecord(str(error), begin) from error


def _plain(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, Fields]]:
    for number, line in enumerate(lines, 1):
        text = _without_end(line)
        if text:
            yield number, [None if field == dialect.null else field for field in text.split(dialect.separator)]


def _escaped(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, Fields]]:
    field = re.compile(rf"(?:[^\\{re.escape(dialect.separator)}]|\\.)*", re.DOTALL)
    for number, text in _joined(lines, _open_escape):
        if "\\" not in text:
            given = text.split(dialect.separator)
        else:
            given, place = [], 0
            while place <= len(text):
                match = field.match(text, place)
                assert match is not None
                given.append(match[0])
                place = match.end() + 1
        yield number, [None if each == dialect.null else _unescaped(each) for each in given]


def _spark(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, Fields]]:
    separator = re.escape(dialect.separator)
    quoted = re.compile(rf'"((?:[^"\\]|\\.)*)"(?={separator}|\Z)', re.DOTALL)
    bare = re.compile(rf"[^{separator}]*")
    fields: Fields
    for number, text in _joined(lines, _open_quote):
        if '"' not in text:
            yield number, [None if each == dialect.null else each for each in text.split(dialect.separator)]
            continue
        fields, place = [], 0
        while place <= len(text):
            if text.startswith('"', place):
                match = quoted.match(text, place)
                if match is None:
                    raise BrokenRecord("a quoted field goes on behind its end", number)
                fields.append(_ESCAPED_IN_QUOTES.sub(r"\1", match[1]))
            else:
                match = bare.match(text, place)
                assert match is not None
                fields.append(None if match[0] == dialect.null else match[0])
            place = match.end() + 1
        yield number, fields


_STYLES: dict[str, Callable[[Iterable[str], Dialect], Iterator[tuple[int, Fields]]]] = {
    "csv": _csv,
    "spark": _spark,
    "escaped": _escaped,
    "plain": _plain,
}


def _joined(lines: Iterable[str], goes_on: Callable[[str, bool], bool]) -> Iterator[tuple[int, str]]:
    """Yields the text of each record, without its line end, and its first line; `goes_on` says that it is not ended."""
    begin, parts, length, inside = 1, list[str](), 0, False
    for number, line in enumerate(lines, 1):
        if not parts:
            begin = number
        parts.append(line)
        length += len(line)
        inside = goes_on(line, inside)
        if inside and length <= LONGEST_LINE:
            continue
        if inside:
            raise BrokenRecord(f"field larger than field limit ({LONGEST_LINE})", begin)
        text = _without_end("".join(parts))
        parts, length = [], 0
        if text:
            yield begin, text
    if parts:
        raise BrokenRecord("unexpected end of data", begin)


def _open_escape(line: str, inside: bool) -> bool:
    """Returns whether the line end is escaped, so that the record goes on."""
    return line.endswith("\\\n") and _backslashes_before(line, len(line) - 1) % 2 == 1


def _open_quote(line: str, inside: bool) -> bool:
    """Returns whether a quoted field is open at the end of the line."""
    if "\\" not in line:
        return inside ^ (line.count('"') % 2 == 1)
    place = 0
    while True:
        place = line.find('"', place)
        if place < 0:
            return inside
        # Only within quotes does a backslash escape: a bare field may end with one.
        if not inside or _backslashes_before(line, place) % 2 == 0:
            inside = not inside
        place += 1


def _backslashes_before(line: str, place: int) -> int:
    before = place
    while before and line[before - 1] == "\\":
        before -= 1
    return place - before


def _unescaped(field: str) -> str:
    return _ESCAPED.sub(lambda match: _CODES.get(match[1], match[1]), field) if "\\" in field else field


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")
