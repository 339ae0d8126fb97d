"""The formats of input files: which files have columns, and which have a text per line."""

import itertools
from collections.abc import Iterator, Sequence

from bert_keras.data import Columns
from bert_keras.files import TFDS_PREFIX, TextFile, expanded

_STRUCTURED = (".tsv", ".tab", ".csv", ".jsonl", ".ndjson")


def files_of(names: str | Sequence[str]) -> Iterator[str]:
    """Yields the files that names stand for.

    Args:
        names: Files, patterns such as `part-*.csv`, or TFDS names; one or several.

    Yields:
        The files of the patterns, and every other name unchanged.

    Raises:
        DataError: No file matches a pattern.
    """
    yield from itertools.chain.from_iterable(map(expanded, [names] if isinstance(names, str) else names))


def has_columns(name: str, columns: Columns) -> bool:
    """Returns whether a file is read by columns; any other has a text per line.

    Args:
        name: The name of the file or TFDS data set.
        columns: The columns that the user named. A file for which one is named has columns, whatever its ending.

    Returns:
        Whether it is a TFDS data set, a table or JSON lines.

    Raises:
        DataError: The file cannot be opened.
    """
    named = columns.text is not None or columns.pair is not None or columns.label is not None
    return name.startswith(TFDS_PREFIX) or TextFile(name).kind in _STRUCTURED or named


def lines_of(name: str) -> Iterator[str]:
    """Yields the lines of a text file without their line ends.

    Raises:
        DataError: The file cannot be read, or is not UTF-8; the message names the line.
    """
    for line in TextFile(name).lines():
        yield line.removesuffix("\n").removesuffix("\r")
