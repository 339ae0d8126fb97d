"""What is written of the rows that a run has predicted, for the Attention tab: near training rows, places in planes."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras import data
from bert_keras.errors import BertKerasError, DataError
from bert_keras.files import where
from bert_keras.insight.planes import planes, write_planes
from bert_keras.insight.sentence_vectors import mean_vectors
from bert_keras.insight.train_neighbours import LabelledRow, train_neighbours, write_neighbours
from bert_keras.models import TextClassifier
from bert_keras.tensorboard_plugin import row_points, train_neighbours as neighbours_file
from bert_keras.tensorboard_plugin.predicted_rows import NAME as PREDICTIONS, same_labels

from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.labelled_rows import labelled_sample
from .config import VisualizeConfig
from .model import Looked, Named

_MOST_ROWS = 10_000  # predicted rows that are looked at, wrong ones first


def write_predicted_rows(config: VisualizeConfig, named: Named, model: Looked, log: Path) -> None:
    """Writes where the rows that a run has predicted stand among each other, and their nearest training rows.

    Nothing is written for a model that is no classifier or not from a run, and for a log folder outside the run's,
    where the tab would not find the predictions; nor what an earlier call has written of the same predictions.

    Args:
        config: The options.
        named: The model as named on the command line.
        model: The model.
        log: The log folder.
    """
    predictions = None if named.run is None else named.run / PREDICTIONS
    if not config.neighbours or config.logdir is not None or not isinstance(model, TextClassifier):
        return
    options = named.trained_with()
    if predictions is None or not predictions.is_file() or not options.get("train"):
        return
    try:
        source = _train_source(options, model)
        of = _content(source)
        if _is_there(log, predictions, of, config.neighbours):
            return
        rows, total = _predicted_rows(predictions, model)
        if not rows:
            return
        vectors = _vectors(model, rows, "predicted rows")
        digest = neighbours_file.digest_of(predictions)
        with console.status("placing rows in a plane"):
            write_planes(log / row_points.NAME, [row.key for row in rows], planes(vectors), digest)
        train, left_out = labelled_sample(source, config.neighbours)
        found = train_neighbours(vectors, _vectors(model, train, "training rows"))
        about = {"predictions": digest, "rows": total, "train": of, "train_rows": len(train) + left_out}
        write_neighbours(log / neighbours_file.NAME, rows, train, found, about)
    except BertKerasError as error:  # the data of a training may be elsewhere now
        console.print(f"no nearest training rows: {error}", style="yellow", markup=False)
        return
    of_train = f"{len(train):,} of {len(train) + left_out:,}" if left_out else f"{len(train):,}"
    of_rows = f"{len(rows):,} of {total:,}" if len(rows) < total else f"{len(rows):,}"
    console.print(f"nearest of {of_train} training rows for {of_rows} predicted rows: in the tab, All rows")


def _is_there(log: Path, predictions: Path, of: str, most: int) -> bool:
    """Returns whether an earlier call has written the same."""
    about = neighbours_file.about_neighbours(log / neighbours_file.NAME, predictions)
    return (
        (log / row_points.NAME).is_file()
        and about.get("train") == of
        and about.get("compared") == min(most, about.get("train_rows", 0))
    )


def _content(source: data.Source) -> str:
    """Returns a hash of what the training rows are read from, and how."""
    corrections = None if source.corrections is None else source.corrections.content_hash()
    whole: list[Any] = [source.task, repr(source.columns), repr(source.reading), corrections]
    whole += [(part.name, part.content_hash()) for part in source.parts]
    return hashlib.blake2b(json.dumps(whole).encode(), digest_size=8).hexdigest()


def _vectors(model: TextClassifier, rows: list[LabelledRow], what: str) -> np.ndarray:
    with counted_rows(console, what, len(rows)) as advance:
        return mean_vectors(model, [each.row for each in rows], advance)


def _train_source(options: Mapping[str, Any], model: TextClassifier) -> data.Source:
    """Returns the training rows as the training read them."""
    label = options.get("label_column")
    source = data.Source(
        options["train"],
        data.Columns(
            options.get("text_column"),
            options.get("pair_column"),
            tuple(label) if isinstance(label, list) else label,
            options.get("label_separator"),
            missing=options.get("missing_labels"),
            label_names=options.get("label_names"),
            pairs=model.pairs,
        ),
        model.task,
        "train",
        data.Reading(options.get("dialect"), options.get("separator"), options.get("annotators", "majority")),
        None if options.get("corrections") is None else data.Corrections(options["corrections"]),
    )
    source.spellings = data.Spellings(model.labels, bool(options.get("merge_labels")))
    return source


def _predicted_rows(path: Path, model: TextClassifier) -> tuple[list[LabelledRow], int]:
    """Reads what was predicted: wrong rows first, as many as are looked at, and the number of all."""
    wrong: list[LabelledRow] = []
    right: list[LabelledRow] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row, is_wrong = _predicted(json.loads(line), model.task)
            except (ValueError, LookupError, TypeError) as error:
                raise DataError(f"{where(str(path), number)}: no prediction of a run ({error})") from error
            (wrong if is_wrong else right).append(row)
    return [*wrong, *right][:_MOST_ROWS], len(wrong) + len(right)


def _predicted(told: Mapping[str, Any], task: str) -> tuple[LabelledRow, bool]:
    """Returns a predicted row, and whether its labels are wrong."""
    said, true = told.get("labels", told.get("label", told.get("score"))), told.get("gold")
    row = told["text"] if told.get("pair") is None else (told["text"], told["pair"])
    label = said if true is None else true
    if task == "regression":
        return LabelledRow(row, float(label)), False
    names = tuple(map(str, label)) if isinstance(label, list) else str(label)
    return LabelledRow(row, names), true is not None and not same_labels(true, said)
