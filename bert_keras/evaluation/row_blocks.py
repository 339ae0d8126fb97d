"""Blocks of rows, so that a table of many labels is never converted as a whole."""

from collections.abc import Iterator

_NUMBERS = 2**21


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Yields slices that cover all rows of a table, each of about two million numbers.

    Args:
        rows: The number of rows.
        columns: The number of columns.
    """
    size = max(1, _NUMBERS // max(1, columns))
    for first in range(0, rows, size):
        yield slice(first, min(first + size, rows))
