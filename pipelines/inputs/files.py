"""The formats of input files: which files have columns, and which have a text per line."""

from collections.abc import Iterator, Sequence

from bert_keras.data import Columns, Reading, is_table
from bert_keras.data.records import Part
from bert_keras.data.tables.folders import files_in
from bert_keras.data.tables.formats import parts_of
from bert_keras.files import TextFile, expanded

_SPLIT = "validation"  # of a saved data set with several


def files_of(names: str | Sequence[str]) -> Iterator[str]:
    """Yields the files that names stand for.

    Args:
        names: Files, patterns such as `part-*.csv`, folders, or TFDS names; one or several.

    Yields:
        The files of the patterns and folders, and every other name unchanged.

    Raises:
        DataError: No file matches a pattern, or a folder holds no files to read.
    """
    for name in [names] if isinstance(names, str) else names:
        yield from files_in(name, _SPLIT)


def has_columns(name: str, columns: Columns) -> bool:
    """Returns whether a file is read by columns; any other has a text per line.

    Args:
        name: The name of the file or TFDS data set.
        columns: The columns that the user named. A file for which one is named has columns, whatever its ending.

    Returns:
        Whether it is a TFDS data set, a folder, a table by its ending, or a format with columns by its content.

    Raises:
        DataError: The file cannot be opened.
    """
    named = columns.text is not None or columns.pair is not None or columns.label is not None
    return named or is_table(name)


def tables_and_lines(names: str | Sequence[str], columns: Columns) -> Iterator[tuple[str, bool]]:
    """Yields what names stand for, and whether it is read by columns.

    The files of a pattern that all have columns stay together under its name, since one tool wrote them.

    Args:
        names: Files, folders, patterns, or TFDS names; one or several.
        columns: The columns that the user named.

    Yields:
        The name to read, and whether it has columns; else it has a text per line.

    Raises:
        DataError: No file matches a pattern, or a file cannot be opened.
    """
    for name in [names] if isinstance(names, str) else names:
        files = [(file, has_columns(file, columns)) for file in expanded(name)]
        yield from [(name, True)] if all(of_columns for _, of_columns in files) else files


def parts_by_columns(names: str | Sequence[str], columns: Columns, reading: Reading) -> Iterator[Part]:
    """Yields the files that are read by columns among those that names stand for.

    Args:
        names: Files, folders, patterns, or TFDS names; one or several.
        columns: The columns that the user named.
        reading: How files are read where their contents leave a choice.

    Raises:
        DataError: A file cannot be opened, or is of a kind that is not read.
    """
    for name, of_columns in tables_and_lines(names, columns):
        yield from parts_of(name, _SPLIT, reading) if of_columns else ()


def lines_of(name: str) -> Iterator[str]:
    """Yields the lines of a text file without their line ends.

    Raises:
        DataError: The file cannot be read, or is not UTF-8; the message names the line.
    """
    for line in TextFile(name).lines():
        yield line.removesuffix("\n").removesuffix("\r")
