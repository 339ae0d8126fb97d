"""The formats of input files: which files have columns, which have a text per line, and the column of second texts."""

import itertools
from collections.abc import Iterator, Sequence

from bert_keras.data import Columns
from bert_keras.files import TFDS_PREFIX, TextFile, expanded

_PAIR_COLUMN = "pair"
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


def has_columns(name: str) -> bool:
    """Returns whether a name is a table, a JSON lines file or a TFDS data set; any other file has a text per line.

    Raises:
        DataError: The file cannot be opened.
    """
    return name.startswith(TFDS_PREFIX) or TextFile(name).kind in _STRUCTURED


def lines_of(name: str) -> Iterator[str]:
    """Yields the lines of a text file without their line ends.

    Raises:
        DataError: The file cannot be read, or is not UTF-8; the message names the line.
    """
    for line in TextFile(name).lines():
        yield line.removesuffix("\n").removesuffix("\r")


def pair_column(columns: Columns, there: Sequence[str]) -> str | None:
    """Returns the name of the column with the second texts.

    Args:
        columns: The columns that the user named.
        there: The columns of the file.

    Returns:
        The named column; without a name, the column "pair" if the file has one, else `None`.
    """
    return columns.pair or (_PAIR_COLUMN if _PAIR_COLUMN in there else None)
