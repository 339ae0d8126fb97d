"""Formatting of locations and received values in error messages, each on one line."""

from collections.abc import Sequence
from typing import Any

TFDS_PREFIX = "tfds:"
"""The beginning of the name of a TensorFlow data set, in place of a file."""
_MOST_LISTED = 20
_KINDS_OF_ROWS = (".parquet", ".pq", ".arrow", ".feather", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def where(file: str, line: int) -> str:
    """Formats a location, for the beginning of a message.

    Args:
        file: The name of a file or of a TFDS data set.
        line: The line number in the file, or the row number in the data set, Parquet file or sheet, from 1.

    Returns:
        The location, e.g. "train.tsv, line 7".
    """
    has_rows = file.startswith(TFDS_PREFIX) or file.lower().endswith(_KINDS_OF_ROWS)
    return f"{file}, {'row' if has_rows else 'line'} {line}"


def shown(text: str) -> str:
    """Shortens a text to 80 characters; a text with line ends or other unprintable characters is quoted and escaped."""
    text = text.strip()[:80]
    return text if text.isprintable() else repr(text)


def shown_value(value: Any) -> str:
    """Formats a value of any type in at most 80 characters."""
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # Python refuses to print an integer of more than 4,300 digits
        return f"a value too large to show ({type(value).__name__})"


def listed(names: Sequence[str]) -> str:
    """Joins names with commas; after the first 20 it gives the number of the others."""
    more = len(names) - _MOST_LISTED
    return ", ".join(map(shown, names[:_MOST_LISTED])) + (f" and {more:,} more" if more > 0 else "")
