"""The rows of a measurement by parts, and the model's answers to them."""

import dataclasses
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras import auditing, data
from bert_keras.auditing import Part, Slice
from bert_keras.classification import Classification, MultiLabel
from bert_keras.data import Row, Source
from bert_keras.errors import DataError, InputError
from bert_keras.files import listed, where
from bert_keras.models import TextClassifier
from bert_keras.serving import SavedClassifier

from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.classifiers import any_classifier
from ..inputs.model_columns import takes_pairs
from .config import COLUMN, LABEL, LENGTH, REGEX, SlicesConfig

_AT_A_TIME = 4096


@dataclass(frozen=True)
class Measured:
    """A classifier measured by parts.

    Attributes:
        model: The model as it was named.
        name: The name of the data.
        rows: The number of rows.
        whole: The measurement of all rows.
        slices: The measurements of the parts.
        left_out: What is not shown, a line each.
    """

    model: str
    name: str
    rows: int
    whole: Slice
    slices: list[Slice]
    left_out: list[str]


def measured(config: SlicesConfig) -> Measured:
    """Answers all rows, and measures the parts.

    Raises:
        BertKerasError: A mistake in the options or the data, or a model that has no right and wrong labels.
    """
    model = _model(config)
    source = Source(
        config.data,
        data.Columns(config.text_column, config.pair_column, config.label_column, pairs=takes_pairs(config.model)),
        model.task,
        reading=data.Reading(config.dialect, config.separator),
    )
    source.spellings = data.Spellings(model.labels)
    rows = list(source)
    console.print(f"{source.name}: {len(rows):,} rows, {source.chosen.described()}")
    values = _values(source, rows, config.columns) if config.columns else {}
    right, left_out = np.array(list(_right(model, rows))), list[str]()
    parts = [part for by in config.divided_by for part in _parts(by, rows, values, config.values, left_out)]
    whole, *_ = auditing.slices(right, [Part("all rows", "", np.ones(len(rows), bool))])
    return Measured(config.model, source.name, len(rows), whole, auditing.slices(right, parts), left_out)


def _model(config: SlicesConfig) -> TextClassifier | SavedClassifier:
    model = any_classifier(config.model, config.base)
    if model is None or model.task == "regression":
        what = "answers questions" if model is None else "gives numbers"
        raise InputError(f"{config.model}: slices count right and wrong labels, and the model {what}")
    return model


def _right(model: TextClassifier | SavedClassifier, rows: Sequence[Row]) -> Iterator[bool]:
    """Yields whether the model answers each row right; all labels of a row count as one answer."""
    known = set(model.labels)
    for row in rows:
        wanted = row.target if isinstance(row.target, tuple) else (row.target,)
        unknown = next((label for label in wanted if label not in known), None)
        if unknown is not None:
            raise DataError(
                f"{where(row.file, row.line)}: the model does not have this label. Received: {unknown!r:.80}; "
                f"known: {listed(list(model.labels))}"
            )
    with counted_rows(console, "answering", len(rows)) as advance:
        for begin in range(0, len(rows), _AT_A_TIME):
            some = rows[begin : begin + _AT_A_TIME]
            asked = [row.text if row.pair is None else (row.text, row.pair) for row in some]
            for row, answer in zip(some, model.classify(asked), strict=True):
                if isinstance(answer, MultiLabel):
                    yield set(answer.labels) == set(row.target if isinstance(row.target, tuple) else ())
                elif isinstance(answer, Classification):
                    yield answer.label == row.target
            advance(len(some))


def _parts(by: str, rows: Sequence[Row], values: dict[str, list[str]], most: int, left_out: list[str]) -> list[Part]:
    texts = [row.text if row.pair is None else f"{row.text} {row.pair}" for row in rows]
    if by == LENGTH:
        return auditing.length_parts(texts)
    if by.startswith(REGEX):
        pattern = re.compile(by.removeprefix(REGEX))
        return [Part(by, "matches", np.array([pattern.search(text) is not None for text in texts]))]
    if by == LABEL:
        names = ["|".join(row.target) if isinstance(row.target, tuple) else str(row.target) for row in rows]
        found = auditing.value_parts(by, names)
    else:
        found = auditing.value_parts(by, values[by.removeprefix(COLUMN)])
    if len(found) > most:
        others = sum(int(part.rows.sum()) for part in found[most:])
        left_out.append(f"{by}: {len(found) - most:,} rarer values, {others:,} rows; --values shows more")
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
                f"Received: {listed(list(there))}; name one with --by column:NAME"
            )
    return tuple(columns)


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str("" if cell is None else cell).split()) or "(empty)"


def as_json(found: Measured) -> dict[str, Any]:
    """Returns a measurement as a JSON object."""
    plain = dataclasses.asdict(found)
    plain["slices"] = [dataclasses.asdict(each) | {"verdict": each.verdict} for each in found.slices]
    return plain
