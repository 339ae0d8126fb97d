"""The choice of rows that a model predicts wrongly."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras.classification import Classification, MultiLabel, Regression
from bert_keras.models import Entity, SpanAnswer
from bert_keras.qa import normalize_answer
from bert_keras.tagging import Span

from .examples import Example
from .model import Looked

MOST_ASKED = 2_000
"""The maximum number of rows that are searched for wrong predictions."""
_MISSED = 1e-3  # the error of a text whose entities are missed: less than that of any which is found wrongly


def wrong_examples(
    model: Looked, rows: Iterable[Example], limit: int, advance: Callable[[int], object]
) -> tuple[list[Example], int, int]:
    """Finds rows that a model predicts wrongly, the most confident errors first; for regression, the largest errors.

    Texts with entities that are merely missed come after those in which wrong ones are found.

    Args:
        model: The model.
        rows: The rows. The first `MOST_ASKED` rows with a text and a known true target are predicted.
        limit: The maximum number of rows to return.
        advance: A function that is called with the number of newly predicted rows.

    Returns:
        The rows, the number of predicted rows, and the number of wrong predictions among them.
    """
    asked = list(itertools.islice((row for row in rows if row.true is not None and row.text.strip()), MOST_ASKED))
    if not asked:  # of what a masked language model fills, nothing is known to be true
        return [], 0, 0
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
    if hasattr(model, "tag_stream"):
        return model.tag_stream(row.text for row in rows)
    return model.classify_stream(row.text if row.pair is None else (row.text, row.pair) for row in rows)


def _error(true: Any, answer: Any) -> float:
    """Returns the size of the error of a prediction; 0 if it is right."""
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
        case tuple():
            return _error_of_entities(true, answer)
    raise TypeError(f"no answer of a model: {answer!r}")


def _error_of_entities(true: Sequence[Span], found: Sequence[Entity]) -> float:
    """Returns the score of the surest entity that is none, or is another; a small number if one is only missed."""
    gold = {(span.start, span.end, span.label) for span in true}
    said = {(entity.start, entity.end, entity.label): entity.score for entity in found}
    wrong = max((score for span, score in said.items() if span not in gold), default=0.0)
    return max(wrong, _MISSED * bool(gold - said.keys()))
