"""The rows of a measurement by parts, and the model's answers to them."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras import auditing, data, reporting
from bert_keras.auditing import Part, Slice
from bert_keras.classification import Classification, MultiLabel
from bert_keras.data import Row, Source
from bert_keras.errors import DataError, InputError
from bert_keras.files import listed, where
from bert_keras.insight.sentence_vectors import mean_vectors
from bert_keras.models import TextClassifier
from bert_keras.serving import SavedClassifier

from ..command_line.idle_reading import refuse_idle_reading
from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.classifiers import any_classifier
from ..inputs.model_columns import takes_pairs
from .config import SlicesConfig

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
    refuse_idle_reading(config, lambda: source.parts)
    source.spellings = data.Spellings(model.labels)
    rows = list(source)
    console.print(f"{source.name}: {len(rows):,} rows, {source.chosen.described()}")
    right = np.array(list(_right(model, rows)))
    vectors = functools.partial(_vectors, config.model, model, rows)
    parts, left_out = auditing.divided_rows(source, rows, config.divided_by, vectors, config.values)
    _keep(config.model, rows, right, parts)
    whole, *_ = auditing.slices(right, [Part("all rows", "", np.ones(len(rows), bool))])
    return Measured(config.model, source.name, len(rows), whole, auditing.slices(right, parts), left_out)


def _model(config: SlicesConfig) -> TextClassifier | SavedClassifier:
    model = any_classifier(config.model, config.base)
    if model is None or model.task == "regression":
        what = "is no classifier" if model is None else "gives numbers"
        raise InputError(f"{config.model}: slices count right and wrong labels, and the model {what}")
    return model


def _vectors(name: str, model: TextClassifier | SavedClassifier, rows: Sequence[Row]) -> np.ndarray:
    if not isinstance(model, TextClassifier):
        raise InputError(f"{name}: clusters are of a model's vectors, which an export does not show; name the run")
    with counted_rows(console, "vectors", len(rows)) as advance:
        return mean_vectors(model, [row.text if row.pair is None else (row.text, row.pair) for row in rows], advance)


def _keep(model: str, rows: Sequence[Row], right: np.ndarray, parts: Sequence[Part]) -> None:
    """Keeps the slices of a run in its folder."""
    if not reporting.is_run(model):
        return
    data_hash = reporting.hash_of_rows([(row.text, row.pair, row.target) for row in rows])
    kept = reporting.KeptSlices(data_hash, right, {(part.by, part.value): part.rows for part in parts})
    reporting.write_kept_slices(model, kept)
    console.print(f"kept with {model}: bert-keras compare shows the slices of two runs on the same rows")


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


def as_json(found: Measured) -> dict[str, Any]:
    """Returns a measurement as a JSON object."""
    plain = dataclasses.asdict(found)
    plain["slices"] = [dataclasses.asdict(each) | {"verdict": each.verdict} for each in found.slices]
    return plain
