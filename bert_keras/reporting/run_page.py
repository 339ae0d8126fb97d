"""The page of a classification or regression run, `report.html`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from bert_keras import evaluation
from bert_keras.reporting.confusion_picture import confusion_figure
from bert_keras.reporting.examples import hardest_examples
from bert_keras.reporting.length_pictures import bucket_name, by_length_figure, length_figure
from bert_keras.reporting.names import TASK_TITLES, title
from bert_keras.reporting.page import picture, write_page
from bert_keras.reporting.probability_pictures import precision_recall_figure, reliability_figure
from bert_keras.reporting.regression_pictures import residual_figure, scatter_figure
from bert_keras.reporting.run_parts import run_context
from bert_keras.reporting.run_record import DATA_COLUMNS, Evaluated, RunRecord

_EXAMPLES = 25
_CONFUSIONS = 15
_BY_LENGTH = ("accuracy", "micro_f1", "macro_f1", "loss", "pearson", "spearman", "mse", "mae")
_FEW_LABELS = 12  # up to so many a confusion matrix is readable on a phone


def write_run_page(record: RunRecord, path: str | Path) -> None:
    """Writes the page of a run: scores, curves, data, classes, calibration, hardest examples, model and usage.

    Args:
        record: The finished run.
        path: The HTML file to write; it needs no other file.
    """
    split, evaluated = next(iter(record.evaluated.items()))
    labelled = record.task != "regression"
    context = run_context(record, DATA_COLUMNS) | {
        "task_title": TASK_TITLES[record.task],
        "split": split,
        "metrics": evaluation.METRICS[record.task],
        "scores": {name: record.scores(name) for name in record.evaluated},
        "length_picture": picture(_lengths(record), "lengths of the rows"),
        "classes": sorted(record.scores(split).get("classes", {}).items(), key=lambda entry: entry[1]["f1"]),
        "confusion_picture": _confusion(record, split),
        "confusions": _confusions(record, split),
        "output_pictures": list(_output_pictures(record, evaluated)),
        "calibrated": labelled,
        "few_labels": len(record.labels) <= _FEW_LABELS,
        "by_length": _by_length(record, evaluated),
        "examples": hardest_examples(record.task, record.labels, evaluated, _EXAMPLES),
    }
    write_page(path, "run.html", context)


def _lengths(record: RunRecord) -> Any:
    splits = {name: evaluated.lengths for name, evaluated in record.evaluated.items()}
    return length_figure({"train": record.train_lengths} | splits)


def _confusion(record: RunRecord, split: str) -> Markup | None:
    counts = record.scores(split).get("confusion")
    return None if counts is None else picture(confusion_figure(counts, record.labels), "confusion matrix")


def _confusions(record: RunRecord, split: str) -> list[tuple[str, str, int, float]]:
    """Returns the most frequent mistakes: true label, predicted label, rows, share of the true label's rows."""
    if "confusion" not in record.scores(split):
        return []
    counts = np.array(record.scores(split)["confusion"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:_CONFUSIONS]
    pairs = [divmod(int(place), len(counts)) for place in order]
    labels = record.labels
    some = [(true, best) for true, best in pairs if counts[true, best]]
    return [(labels[true], labels[best], int(counts[true, best]), float(shares[true, best])) for true, best in some]


def _output_pictures(record: RunRecord, evaluated: Evaluated) -> Iterator[Markup]:
    if record.task == "regression":
        yield picture(scatter_figure(evaluated.targets, evaluated.outputs), "predicted against true numbers")
        yield picture(residual_figure(evaluated.targets, evaluated.outputs), "spread of the errors")
        return
    diagram = evaluation.reliability(evaluated.targets, evaluated.outputs)
    yield picture(reliability_figure(diagram), "calibration")
    curves = evaluation.precision_recall_by_label(evaluated.targets, evaluated.outputs, record.labels)
    yield picture(precision_recall_figure(curves), "precision against recall")


def _by_length(record: RunRecord, evaluated: Evaluated) -> dict[str, Any]:
    buckets = evaluation.scores_by_length(
        record.task, evaluated.targets, evaluated.outputs, record.labels, evaluated.lengths
    )
    metric = evaluation.METRICS[record.task][0]
    return {
        "picture": picture(by_length_figure(buckets, metric), f"{title(metric)} by length"),
        "metrics": [name for name in evaluation.METRICS[record.task] if name in _BY_LENGTH],
        "rows": [(bucket_name(bucket), bucket.rows, bucket.metrics) for bucket in buckets],
    }
