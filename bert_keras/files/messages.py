"""How messages about data name places and show what was received: in one line."""

from collections.abc import Sequence
from typing import Any

TFDS_PREFIX = "tfds:"
_MOST_LISTED = 20


def where(file: str, line: int) -> str:
    """Names a place as messages begin with it.

    Args:
        file: A file's name, or that of a TFDS data set.
        line: The line in it, from 1; of a data set the number of the row.

    Returns:
        E.g. "train.tsv, line 7".
    """
    return f"{file}, {'row' if file.startswith(TFDS_PREFIX) else 'line'} {line}"


def shown(text: str) -> str:
    """Shortens a text to 80 characters; one with line ends or the like is quoted, and they are escaped."""
    text = text.strip()[:80]
    return text if text.isprintable() else repr(text)


def shown_value(value: Any) -> str:
    """Shortens a value of any kind to 80 characters."""
    try:
        return f"{value!r:.80}"
    except (ValueError, RecursionError):  # an integer of more than 4,300 digits has no decimal form
        return f"a value too large to show ({type(value).__name__})"


def listed(names: Sequence[str]) -> str:
    """Lists names, the first twenty."""
    more = len(names) - _MOST_LISTED
    return ", ".join(map(shown, names[:_MOST_LISTED])) + (f" and {more:,} more" if more > 0 else "")
