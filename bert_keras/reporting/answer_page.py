"""The page of a question-answering run, `report.html`."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from bert_keras import evaluation
from bert_keras.reporting.answer_examples import AnswerExample, answer_example, error_kind, hardest_questions
from bert_keras.reporting.answer_pictures import threshold_curves, threshold_figure
from bert_keras.reporting.answer_record import DATA_COLUMNS, KINDS_OF_QUESTIONS, AnsweredQuestion, AnswerRunRecord
from bert_keras.reporting.confidence_picture import confidence_curve, confidence_figure
from bert_keras.reporting.length_pictures import length_figure
from bert_keras.reporting.page import picture, write_page
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.probability_pictures import reliability_figure
from bert_keras.reporting.run_parts import run_context

_EXAMPLES = 10
_MOST_ARTICLES = 20


def write_answer_page(record: AnswerRunRecord, questions: Sequence[AnsweredQuestion], path: str | Path) -> None:
    """Writes the page of a run: scores, curves, data, tables, threshold, calibration, hardest questions, model, usage.

    Args:
        record: The finished run.
        questions: All questions of the development split, at least one.
        path: The HTML file to write; it links to `errors.html` beside it and needs no other file.
    """
    record = portable_record(record)
    context = run_context(record, DATA_COLUMNS) | {
        "asked": len(questions),
        "answerable": sum(bool(question.gold) for question in questions),
        "wrong": sum(error_kind(question) is not None for question in questions),
        "length_picture": _lengths(record),
        "tables": list(_tables(record.metrics)),
        "output_pictures": list(_output_pictures(record, questions)),
        "examples": _examples(record, hardest_questions(questions, _EXAMPLES)),
    }
    write_page(path, "answer_run.html", context)


def _examples(record: AnswerRunRecord, questions: Sequence[AnsweredQuestion]) -> list[AnswerExample]:
    examples = [answer_example(question) for question in questions]
    if record.words is None:
        return examples
    coloured = record.words(questions)
    return [dataclasses.replace(example, words=words) for example, words in zip(examples, coloured, strict=True)]


def _lengths(record: AnswerRunRecord) -> Markup | None:
    splits = {name: of for name, of in (("train", record.train_lengths), ("dev", record.dev_lengths)) if len(of)}
    return picture(partial(length_figure, splits, "windows"), "lengths of the windows") if splits else None


def _tables(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Mapping[str, Any]]]]:
    """Yields the key, the heading and the rows of each table that the metrics hold."""
    for key, name in KINDS_OF_QUESTIONS.items():
        rows = list(metrics.get(key, ()))
        if key == "by_article":
            count = len(rows)
            rows = sorted(rows, key=lambda row: row["f1"])[:_MOST_ARTICLES]
            name += f", lowest F1 first, {len(rows):,} of {count:,}" if len(rows) < count else ", lowest F1 first"
        if rows:
            yield key, name, rows


def _output_pictures(record: AnswerRunRecord, questions: Sequence[AnsweredQuestion]) -> Iterator[Markup]:
    if record.may_decline:
        curves = threshold_curves(questions)
        if len(curves.thresholds):
            draw = partial(threshold_figure, curves, float(record.metrics.get("null_threshold", 0.0)))
            yield picture(draw, "F1 as a function of the null threshold")
    surest = confidence_curve(questions)
    yield picture(partial(confidence_figure, surest), "scores of the surest answers by their share of the questions")
    right = np.array([[question.exact] for question in questions])
    confidence = np.array([[question.confidence] for question in questions])
    yield picture(partial(reliability_figure, evaluation.reliability(right, confidence)), "calibration")
