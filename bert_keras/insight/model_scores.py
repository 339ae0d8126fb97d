"""Scores of a model in its current state, e.g. with heads masked."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import evaluation, qa
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.models.classify_stream import Row


def classifier_scores(
    classifier: TextClassifier, rows: Sequence[Row], targets: Sequence[Any] | np.ndarray
) -> dict[str, Any]:
    """Computes the scores of a classifier.

    Args:
        classifier: The classifier, with a preprocessor.
        rows: Texts, or (text, pair) tuples.
        targets: The names or indices of their labels; for multi-label, zeros and ones `[rows, labels]`; for a
            regression, numbers.

    Returns:
        The scores of the task; see `evaluation.scores`.

    Raises:
        InputError: There are no rows, the numbers of rows and targets differ, or a target is not a label of the model.
    """
    _check_counts(len(rows), len(targets), "targets")
    answers: list[Any] = classifier.classify(rows)
    if classifier.task == "regression":
        outputs = np.array([answer.score for answer in answers])
    else:
        outputs = np.array([[answer.probabilities[label] for label in classifier.labels] for answer in answers])
    places = {label: place for place, label in enumerate(classifier.labels)}
    true = np.array([places.get(of, of) if isinstance(of, str) else of for of in targets])
    if true.dtype.kind not in "iufb":
        raise InputError(
            f"targets must be the model's labels, {', '.join(classifier.labels)}. Received: {targets[0]!r:.60}, …"
        )
    return evaluation.scores(classifier.task, true, outputs, classifier.labels)


def reader_scores(
    reader: SpanExtractor, documents: Sequence[tuple[str, str]], answers: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Computes the scores of a reader.

    Args:
        reader: The reader, with a preprocessor.
        documents: (question, context) tuples.
        answers: The acceptable answers to each question, any number of texts; none if the context holds no answer.

    Returns:
        Exact match and F1 in percent, named as in SQuAD's scripts; see `qa.evaluate`.

    Raises:
        InputError: There are no documents, or the numbers of documents and answers differ.
    """
    _check_counts(len(documents), len(answers), "answers")
    names = [str(number) for number in range(len(documents))]
    entries = [
        {"id": name, "answers": [{"text": text} for text in texts]} for name, texts in zip(names, answers, strict=True)
    ]
    found = reader.answer_stream(documents)
    predictions = {name: answer.text for name, answer in zip(names, found, strict=True)}
    return qa.evaluate({"data": [{"paragraphs": [{"qas": entries}]}]}, predictions)


def _check_counts(rows: int, targets: int, name: str) -> None:
    if not rows or rows != targets:
        raise InputError(f"scores need rows, and {name} for each. Received: {rows} rows, {targets} {name}")
