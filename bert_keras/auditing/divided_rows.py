"""The parts that rows of files are divided into."""

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bert_keras.auditing.clusters import cluster_parts
from bert_keras.auditing.divisions import COLUMN, LABEL, LENGTH, REGEX, clusters_of, columns_of
from bert_keras.auditing.slices import Part, length_parts, value_parts
from bert_keras.data import Row, Source
from bert_keras.errors import DataError
from bert_keras.files import listed

MOST_VALUES = 20


def divided_rows(
    source: Source,
    rows: Sequence[Row],
    divisions: Sequence[str],
    vectors: Callable[[], np.ndarray],
    most: int = MOST_VALUES,
) -> tuple[list[Part], list[str]]:
    """Divides rows in several ways.

    Args:
        source: What the rows were read from.
        rows: All rows of the source.
        divisions: What they are divided by, as `check_divisions` takes it.
        vectors: A function that returns a vector for each row; it is called for clusters.
        most: The maximum number of values of a column, and of labels, that have a part; the most frequent ones.

    Returns:
        The parts, and a line for each division of which some are left out.

    Raises:
        DataError: A file lacks a column.
    """
    named = columns_of(divisions)
    values = _values(source, rows, named) if named else {}
    left_out: list[str] = []
    texts = [row.text if row.pair is None else f"{row.text} {row.pair}" for row in rows]
    parts: list[Part] = []
    for by in divisions:
        clusters = clusters_of(by)
        if by == LENGTH:
            parts += length_parts(texts)
        elif clusters is not None:
            parts += cluster_parts(by, vectors(), texts, clusters)
        elif by.startswith(REGEX):
            pattern = re.compile(by.removeprefix(REGEX))
            parts.append(Part(by, "matches", np.array([pattern.search(text) is not None for text in texts])))
        else:
            named_values = _labels(rows) if by == LABEL else values[by.removeprefix(COLUMN)]
            parts += _most_frequent(value_parts(by, named_values), most, left_out)
    return parts, left_out


def check_columns(source: Source, divisions: Sequence[str]) -> None:
    """Checks that the files have the columns that rows are to be divided by, of which their heads are read.

    Raises:
        DataError: A file lacks a column.
    """
    named = columns_of(divisions)
    for part in source.parts if named else ():
        next(iter(part.records(lambda there, place: _named(named, there, place))), None)


def _labels(rows: Sequence[Row]) -> list[str]:
    return ["|".join(row.target) if isinstance(row.target, tuple) else str(row.target) for row in rows]


def _most_frequent(found: list[Part], most: int, left_out: list[str]) -> list[Part]:
    if len(found) > most:
        others = sum(int(part.rows.sum()) for part in found[most:])
        left_out.append(f"{found[0].by}: {len(found) - most:,} rarer values, {others:,} rows; --values shows more")
    return found[:most]


def _values(source: Source, rows: Sequence[Row], columns: Sequence[str]) -> dict[str, list[str]]:
    """Returns the values of columns for each row, blank ones as "(empty)"."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for part in source.parts:
        for records in part.records(lambda there, place: _named(columns, there, place)):
            for line, *cells in zip(records.lines, *records.columns, strict=True):
                found[part.name, line] = tuple(_shown(cell) for cell in cells)
    return {name: [found[row.file, row.line][place] for row in rows] for place, name in enumerate(columns)}


def _named(columns: Sequence[str], there: Sequence[str], place: str) -> tuple[str, ...]:
    for name in columns:
        if there.count(name) != 1:
            near = difflib.get_close_matches(name, there, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise DataError(
                f"{place}: {'no column' if name not in there else 'two columns'} {name!r}{hint}. "
                f"Received: {listed(list(there))}; name one with column:NAME"
            )
    return tuple(columns)


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str("" if cell is None else cell).split()) or "(empty)"
