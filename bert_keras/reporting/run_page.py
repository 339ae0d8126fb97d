"""The page of a classification or regression run, `report.html`."""

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from bert_keras import evaluation
from bert_keras.evaluation import Confusion
from bert_keras.reporting.confusion_picture import confusion_figure
from bert_keras.reporting.curve_pictures import learning_curve_figure
from bert_keras.reporting.examples import Example, hardest_examples
from bert_keras.reporting.length_pictures import bucket_name, by_length_figure, length_figure
from bert_keras.reporting.names import TASK_TITLES, title
from bert_keras.reporting.page import picture, write_page
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.probability_pictures import precision_recall_figure, reliability_figure
from bert_keras.reporting.regression_pictures import residual_figure, scatter_figure
from bert_keras.reporting.run_parts import run_context
from bert_keras.reporting.run_record import DATA_COLUMNS, Evaluated, NearRows, RunRecord
from bert_keras.reporting.teacher_table import TEACHER_HEADS, teacher_rows
from bert_keras.reporting.what_now import calibration_sentences

_EXAMPLES = 25
_CONFUSIONS = 15
_BY_LENGTH = ("accuracy", "micro_f1", "macro_f1", "loss", "mae", "rmse", "pearson", "spearman")
_FEW_LABELS = 12  # up to so many a confusion matrix is readable on a phone


def write_run_page(record: RunRecord, path: str | Path) -> None:
    """Writes the page of a run: scores, curves, data, classes, calibration, hardest examples, model and usage.

    Args:
        record: The finished run.
        path: The HTML file to write; it needs no other file.
    """
    record = portable_record(record)
    split, evaluated = next(iter(record.evaluated.items()))
    labelled = record.task != "regression"
    classes = sorted(record.scores(split).get("classes", {}).items(), key=lambda entry: entry[1]["f1"])
    confusion = _confusion(record, evaluated)
    place_of = {label: place for place, label in enumerate(record.labels)}
    # Labels without rows have no curve, and would take the place of those that have.
    drawn = [place_of[label] for label, figures in classes if figures["rows"]][: evaluation.MOST_LABELS]
    hardest = hardest_examples(record.task, record.labels, evaluated, _EXAMPLES)
    found, near = _with_near(record, _with_words(record, hardest))
    context = run_context(record, DATA_COLUMNS) | {
        "task_title": TASK_TITLES[record.task],
        "split": split,
        "headlines": [record.headlines(name) for name in record.evaluated],
        "length_picture": picture(partial(_lengths, record), "lengths of the rows"),
        "classes": classes[: evaluation.MOST_LABELS],
        "class_count": len(classes),
        "most_drawn": evaluation.MOST_LABELS,
        "confusion_pictures": {} if confusion is None else _confusion_pictures(record, confusion),
        "confusions": [] if confusion is None else _confusions(record, confusion),
        "output_pictures": list(_output_pictures(record, evaluated, drawn)),
        "curves_of": len(drawn) if len(drawn) < len(record.labels) > evaluation.MOST_LABELS else None,
        "learning_picture": _learning(record),
        "calibrated": labelled,
        "calibration": calibration_sentences(record.report),
        "few_labels": len(record.labels) <= _FEW_LABELS,
        "by_length": _by_length(record, evaluated),
        "teacher_heads": TEACHER_HEADS,
        "teacher_rows": teacher_rows(record.report),
        "slices": record.report.get("slices", []),
        "examples": found,
        "near": near,
    }
    write_page(path, "run.html", context)


def _with_words(record: RunRecord, examples: list[Example]) -> list[Example]:
    if record.words is None:
        return examples
    coloured = record.words([example.row for example in examples])
    return [dataclasses.replace(example, words=words) for example, words in zip(examples, coloured, strict=True)]


def _with_near(record: RunRecord, examples: list[Example]) -> tuple[list[Example], NearRows | None]:
    """Puts their nearest training rows to the wrong ones of some examples."""
    wrong = [example for example in examples if not example.right]
    if record.near is None or not wrong:
        return examples, None
    near = record.near([example.row for example in wrong])
    of = iter(near.of)
    return [example if example.right else dataclasses.replace(example, near=next(of)) for example in examples], near


def _learning(record: RunRecord) -> Markup | None:
    curve = record.report.get("learning_curve")
    return None if curve is None else picture(partial(learning_curve_figure, curve), "score by rows of train")


def _lengths(record: RunRecord) -> Any:
    splits = {name: evaluated.lengths for name, evaluated in record.evaluated.items()}
    return length_figure({"train": record.train_lengths} | splits)


def _confusion(record: RunRecord, evaluated: Evaluated) -> Confusion | None:
    if record.task != "single_label":
        return None
    return Confusion.of(evaluated.targets, evaluated.outputs.argmax(axis=1), len(record.labels))


def _confusion_pictures(record: RunRecord, confusion: Confusion) -> dict[str, Markup]:
    """Returns the confusion matrix by the order of its labels: by cluster, where that is another than their own."""
    own = picture(partial(confusion_figure, confusion, record.labels), "confusion matrix")
    order = confusion.by_cluster().tolist() if 2 < len(record.labels) <= evaluation.MOST_LABELS else []
    if order == list(range(len(order))):
        return {"the labels' own": own}
    clustered = partial(confusion_figure, confusion, record.labels, order)
    return {
        "by cluster": picture(clustered, "confusion matrix, labels confused with each other side by side"),
        "the labels' own": own,
    }


def _confusions(record: RunRecord, confusion: Confusion) -> list[tuple[str, str, int, float]]:
    """Returns the most frequent mistakes: true label, predicted label, rows, share of the true label's rows."""
    labels, of_true = record.labels, confusion.of_true()
    return [
        (labels[true], labels[best], rows, float(rows / of_true[true]))
        for true, best, rows in confusion.mistakes(_CONFUSIONS)
    ]


def _output_pictures(record: RunRecord, evaluated: Evaluated, drawn: Sequence[int]) -> Iterator[Markup]:
    if record.task == "regression":
        numbers = evaluated.targets, evaluated.outputs
        yield picture(partial(scatter_figure, *numbers), "predicted against true numbers")
        yield picture(partial(residual_figure, *numbers), "spread of the errors")
        return
    diagram = evaluation.reliability(evaluated.targets, evaluated.outputs)
    yield picture(partial(reliability_figure, diagram), "calibration")
    curves = evaluation.precision_recall_by_label(evaluated.targets, evaluated.outputs, record.labels, drawn)
    yield picture(partial(precision_recall_figure, curves), "precision against recall")


def _by_length(record: RunRecord, evaluated: Evaluated) -> dict[str, Any]:
    buckets = evaluation.scores_by_length(
        record.task, evaluated.targets, evaluated.outputs, record.labels, evaluated.lengths, evaluated.chosen
    )
    metric = evaluation.METRICS[record.task][0]
    return {
        "picture": picture(partial(by_length_figure, buckets, metric), f"{title(metric)} by length"),
        "metrics": [name for name in evaluation.METRICS[record.task] if name in _BY_LENGTH],
        "rows": [(bucket_name(bucket), bucket.rows, bucket.metrics) for bucket in buckets],
    }
