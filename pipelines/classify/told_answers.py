"""The answers of a classifier as `predictions.jsonl` holds them."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.classification import Classification, MultiLabel
from bert_keras.classification.answers import answers_of, chosen_of
from bert_keras.classification.task import Task

MOST_PROBABILITIES = 200
"""The number of labels up to which a row has the probabilities of all of them."""
_NUMBERS_AT_ONCE = 2**20


def told_answers(
    outputs: np.ndarray, targets: np.ndarray, task: Task, labels: Sequence[str], chosen: np.ndarray | None = None
) -> Iterator[dict[str, Any]]:
    """Converts model outputs to answers as JSON values.

    Args:
        outputs: The outputs of all rows, as `evaluation.scores` takes them.
        targets: The targets of all rows, as `evaluation.scores` takes them.
        task: The task.
        labels: The names of the labels.
        chosen: The labels that are predicted; see `evaluation.scores`.

    Yields:
        The fields of each row's `Classification`, `MultiLabel` or `Regression`. Of more than 200 labels,
        `probabilities` holds the 200 highest and those of the true and the predicted labels.
    """
    # Some rows at a time: as Python numbers, the outputs of thousands of labels take ten times their memory.
    size = max(1, _NUMBERS_AT_ONCE // max(1, len(labels)))
    for first in range(0, len(outputs), size):
        some = outputs[first : first + size]
        picked = None if task != "multi_label" else chosen_of(some) if chosen is None else chosen[first : first + size]
        if len(labels) <= MOST_PROBABILITIES:
            yield from map(dataclasses.asdict, answers_of(some, task, labels, picked))
            continue
        highest = np.argpartition(some, -MOST_PROBABILITIES, axis=1)[:, -MOST_PROBABILITIES:]
        for at, (row, places, target) in enumerate(zip(some, highest, targets[first : first + size], strict=True)):
            of_row = None if picked is None else picked[at]
            yield dataclasses.asdict(_short_answer(row, places, target, of_row, labels))


def _short_answer(
    row: np.ndarray, highest: np.ndarray, target: Any, picked: np.ndarray | None, labels: Sequence[str]
) -> Classification | MultiLabel:
    if picked is None:
        best, true = int(row.argmax()), [int(target)]
        return Classification(labels[best], float(row[best]), _named(row, [*highest, best, *true], labels))
    chosen = np.flatnonzero(picked).tolist()
    places = [*highest, *chosen, *np.flatnonzero(target)]
    return MultiLabel(tuple(labels[place] for place in chosen), _named(row, places, labels))


def _named(row: np.ndarray, places: Sequence[int], labels: Sequence[str]) -> dict[str, float]:
    """Returns the probabilities of some labels in the order of the labels."""
    return {labels[place]: float(row[place]) for place in sorted({int(place) for place in places})}
