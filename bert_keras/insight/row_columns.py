"""Metadata columns of rows: text, label, prediction, and whether the prediction is correct."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras import qa
from bert_keras.errors import InputError, LabelError
from bert_keras.insight.dataset_rows import Truth, row_text
from bert_keras.insight.embedding_set import Column
from bert_keras.models import BertTask, SpanExtractor, TextClassifier
from bert_keras.models.classify_stream import Row

NO_ANSWER = "no answer"
Columns = dict[str, Column]


def row_columns(
    model: BertTask, rows: Sequence[Row], logits: np.ndarray | None, labels: Sequence[Truth] | None
) -> tuple[Columns, str]:
    """Returns metadata columns of rows, with the model's predictions.

    Args:
        model: A classifier or a reader.
        rows: The rows.
        logits: The logits of a classifier, `[rows, labels]`; `None` for a reader, which is run here.
        labels: The true label of each row: its name or index; for multi-label, the names; for a regression, a number;
            for a reader, the acceptable answers, none if there is no answer. `None` means unknown.

    Returns:
        The values by column, and the name of the column to colour by: the label if it is known, otherwise the
        prediction; for a reader, whether the answer is correct if that is known, otherwise whether there is one.

    Raises:
        LabelError: The model does not have a label.
        InputError: A label of a regression is not a number.
    """
    text: Columns = {"text": [row_text(row) for row in rows]}
    if isinstance(model, SpanExtractor):
        return _reader_columns(model, rows, labels, text)
    if not isinstance(model, TextClassifier) or logits is None:
        raise InputError(f"expected a TextClassifier or a SpanExtractor. Received: {type(model).__name__}")
    outputs = model.to_outputs(logits)
    if model.task == "regression":
        return _numbers(outputs, labels, text)
    answers: list[Any] = list(model.to_answers(outputs))
    if model.task == "multi_label":
        predicted = [_names(answer.labels) for answer in answers]
    else:
        predicted = [answer.label for answer in answers]
        text["probability"] = [answer.probability for answer in answers]
    if labels is None:
        return {**text, "prediction": predicted}, "prediction"
    true = [true_name(model, label) for label in labels]
    return {**text, "label": true, "prediction": predicted, "correct": _correct(true, predicted)}, "label"


def true_name(model: TextClassifier, label: Truth) -> str:
    """Returns the true label of a row as text, in the form of predictions.

    Args:
        model: A classifier with labels.
        label: The name or index of the label; for multi-label, any number of names, or a zero or one for each label.

    Returns:
        The name, or the names separated by commas.

    Raises:
        LabelError: The model does not have the label.
    """
    if model.task == "multi_label" and not isinstance(label, str):
        values = list(label)
        flags = len(values) == len(model.labels) and not any(isinstance(value, str) for value in values)
        names = [name for name, flag in zip(model.labels, values, strict=True) if flag] if flags else values
        unknown = [name for name in names if name not in model.labels]
        if not unknown:
            return _names([name for name in model.labels if name in names])
    elif isinstance(label, str) and label in model.labels:
        return label
    elif isinstance(label, int | np.integer) and 0 <= label < len(model.labels):
        return model.labels[int(label)]
    raise LabelError(f"the model's labels are {', '.join(model.labels)}. Received: {label!r:.60}")


def _names(labels: Iterable[str]) -> str:
    return ", ".join(labels) or "none"


def _correct(true: Sequence[str], predicted: Sequence[str]) -> list[str]:
    return ["right" if one == other else "wrong" for one, other in zip(true, predicted, strict=True)]


def _numbers(outputs: np.ndarray, labels: Sequence[Truth] | None, text: Columns) -> tuple[Columns, str]:
    predicted = outputs.tolist()
    if labels is None:
        return {**text, "prediction": predicted}, "prediction"
    try:
        true = [float(label) for label in labels]
    except (TypeError, ValueError) as error:
        raise InputError(f"a regression's labels are numbers ({error})") from error
    return {**text, "label": true, "prediction": predicted, "error": (outputs - np.array(true)).tolist()}, "label"


def _reader_columns(
    model: SpanExtractor, rows: Sequence[Row], labels: Sequence[Truth] | None, text: Columns
) -> tuple[Columns, str]:
    answers = [answer.text for answer in model.answer_stream((row[0], row[1]) for row in rows)]
    text = {"text": [row[0] for row in rows], "context": [row[1] for row in rows]}
    answered = {
        "prediction": [answer or NO_ANSWER for answer in answers],
        "answered": ["yes" if answer else "no" for answer in answers],
    }
    if labels is None:
        return {**text, **answered}, "answered"
    golds = [[gold] if isinstance(gold, str) else list(gold or ()) for gold in labels]
    true = [gold[0] if gold else NO_ANSWER for gold in golds]
    # As in SQuAD's exact match, an empty answer is correct if there is no answer.
    right = [
        qa.normalize_answer(answer) in {qa.normalize_answer(one) for one in gold or [""]}
        for answer, gold in zip(answers, golds, strict=True)
    ]
    correct = ["right" if one else "wrong" for one in right]
    return {**text, "label": true, **answered, "correct": correct}, "correct"
