"""Cutting of csv that keeps to RFC 4180 in every byte, many records at once.

Arrow's parser is many times as fast as Python's, but forgiving: what is broken it reads in some way. So nothing goes to
it that has not been proven to have one meaning only; the rest is left to Python's strict parser, which knows the words
for what is wrong.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

LINE_FEED, RETURN, QUOTE, BACKSLASH = b'\n\r"\\'
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class StrictRecords(NamedTuple):
    """Records of a block.

    Attributes:
        lines: The number of line ends of the block before each record, `[records]`.
        columns: The requested columns, Arrow arrays of strings without null.
    """

    lines: np.ndarray
    columns: list[Any]


def end_of_records(block: bytes) -> int:
    """Returns where the last record of a block ends, if its quote marks are in order; 0 if none ends in it."""
    end = len(block)
    open_quote = block.count(b'"') % 2 == 1
    while True:
        before = block.rfind(b"\n", 0, end)
        if before < 0:
            return 0
        open_quote ^= block.count(b'"', before, end) % 2 == 1
        if not open_quote:
            return before + 1
        end = before


def parse_strictly(block: bytes, separator: str, width: int, places: Sequence[int]) -> StrictRecords | None:
    """Cuts a block into records and fields.

    Args:
        block: The bytes, from the begin of a record to the end of another.
        separator: The separator of the fields.
        width: The number of fields of each record.
        places: The indices of the columns to return.

    Returns:
        The records; None unless all bytes are strict: in UTF-8 without NUL, quote marks around whole fields and doubled
        in them, no carriage return but in a line end, no blank line, and `width` fields in each record.
    """
    if not separator.isascii() or b"\0" in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
        return None
    raw = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(raw == QUOTE) if b'"' in block else np.zeros(0, np.int64)
    if not _quotes_in_order(raw, quotes, ord(separator)):
        return None
    feeds = np.flatnonzero(raw == LINE_FEED)
    ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0] if len(quotes) else feeds
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    begins = np.concatenate([[0], ends[:-1] + 1])
    if np.any(ends == begins) or np.any((ends == begins + 1) & (raw[begins] == RETURN)):
        return None
    columns = _parsed(block, separator, width, places, len(ends), len(ends) < len(feeds))
    return None if columns is None else StrictRecords(np.searchsorted(feeds, begins), columns)


def backslashes_in_quotes(block: bytes) -> bool:
    """Returns whether a strict block has backslashes within quote marks."""
    if b"\\" not in block or b'"' not in block:
        return False
    raw = np.frombuffer(block, np.uint8)
    return bool(np.any(np.searchsorted(np.flatnonzero(raw == QUOTE), np.flatnonzero(raw == BACKSLASH)) % 2))


def _quotes_in_order(raw: np.ndarray, quotes: np.ndarray, separator: int) -> bool:
    """Returns whether quote marks stand only around fields and, doubled, in these."""
    if len(quotes) % 2:
        return False
    if not len(quotes):
        return True
    opening, closing = quotes[::2], quotes[1::2]
    doubled = opening[1:] == closing[:-1] + 1
    before = raw[np.maximum(opening - 1, 0)]
    begins_field = (opening == 0) | (before == separator) | (before == LINE_FEED)
    begins_field[1:] |= doubled
    after = raw[np.minimum(closing + 1, len(raw) - 1)]
    ends_field = (closing == len(raw) - 1) | (after == separator) | (after == LINE_FEED) | (after == RETURN)
    ends_field[:-1] |= doubled
    return bool(begins_field.all() and ends_field.all())


def _parsed(
    block: bytes, separator: str, width: int, places: Sequence[int], records: int, feeds_in_fields: bool
) -> list[Any] | None:
    import pyarrow
    import pyarrow.csv

    names = [str(place) for place in range(width)]
    wanted = [names[place] for place in dict.fromkeys(places)]
    try:
        if not block.isascii():
            pyarrow.array([block]).cast(pyarrow.string()).validate(full=True)
        table = pyarrow.csv.read_csv(
            # Arrow drops a byte order mark, which only that of the file is.
            pyarrow.BufferReader(BYTE_ORDER_MARK + block if block.startswith(BYTE_ORDER_MARK) else block),
            pyarrow.csv.ReadOptions(use_threads=False, block_size=len(block) + 8, column_names=names),
            pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=feeds_in_fields),
            pyarrow.csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(wanted, pyarrow.string()),
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
    except pyarrow.ArrowInvalid:
        return None
    if table.num_rows != records:
        return None
    return [table.column(names[place]).combine_chunks() for place in places]
