"""Which rows are looked at: the first ones, or those that a model gets wrong."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras.classification import Classification, MultiLabel, Regression
from bert_keras.models import SpanAnswer, SpanExtractor, TextClassifier
from bert_keras.qa import normalize_answer

from .examples import Example

MOST_ASKED = 2_000
"""Rows among which wrong ones are looked for."""


def wrong_examples(
    model: TextClassifier | SpanExtractor, rows: Iterable[Example], limit: int, advance: Callable[[int], object]
) -> tuple[list[Example], int, int]:
    """Finds rows that a model gets wrong, the surest mistakes first; of a regression those that are the farthest off.

    Args:
        model: The model.
        rows: The rows; the first `MOST_ASKED` of them that have a text and say what is true count.
        limit: Most rows to return.
        advance: Is told how many rows more were asked.

    Returns:
        The rows, how many were asked, and how many of these are wrong.
    """
    asked = list(itertools.islice((row for row in rows if row.true is not None and row.text.strip()), MOST_ASKED))
    errors = []
    for example, answer in zip(asked, _answers(model, asked), strict=True):
        errors.append(_error(example.true, answer))
        advance(1)
    order = np.argsort(-np.array(errors, np.float64), kind="stable")
    return (
        [asked[place] for place in order[:limit].tolist() if errors[place] > 0],
        len(asked),
        sum(error > 0 for error in errors),
    )


def _answers(model: Any, rows: Sequence[Example]) -> Iterable[Any]:
    if hasattr(model, "answer_stream"):
        return model.answer_stream((row.text, row.pair) for row in rows)
    return model.classify_stream(row.text if row.pair is None else (row.text, row.pair) for row in rows)


def _error(true: Any, answer: Any) -> float:
    """How wrong an answer is; 0 where it is right."""
    match answer:
        case Classification():
            return answer.probability * (answer.label != true)
        case MultiLabel():
            distances = [abs((label in true) - probability) for label, probability in answer.probabilities.items()]
            return sum(distances) * (set(answer.labels) != set(true))
        case Regression():
            return abs(answer.score - true)
        case SpanAnswer():
            right = {normalize_answer(gold.text) for gold in true} or {""}
            return answer.score * (normalize_answer(answer.text) not in right)
    raise TypeError(f"no answer of a model: {answer!r}")
