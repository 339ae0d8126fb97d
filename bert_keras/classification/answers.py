"""What a text classifier says about a text, by task."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bert_keras.classification.task import Task

CHOSEN_FROM = 0.5
"""Labels of at least this probability are answers where any number may be."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The answer where a text has one label.

    Attributes:
        label: The most probable label.
        probability: Its probability.
        probabilities: The probability of each label.
    """

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class MultiLabel:
    """The answer where a text has any number of labels.

    Attributes:
        labels: Those with a probability of at least 0.5, in the model's order; there may be none.
        probabilities: The probability of each label, independent of the others.
    """

    labels: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Regression:
    """The answer where it is a number.

    Attributes:
        score: The number.
    """

    score: float


Answer: TypeAlias = Classification | MultiLabel | Regression


def outputs_of(logits: np.ndarray, task: Task) -> np.ndarray:
    """Turns logits into what they mean.

    Args:
        logits: `[rows, labels]`, for regression `[rows, 1]`.
        task: The task.

    Returns:
        Probabilities `[rows, labels]` float32: of the softmax, or each of its own sigmoid. For regression the numbers
        `[rows]`.
    """
    logits = np.asarray(logits, np.float32)
    if task == "regression":
        return logits[:, 0]
    if task == "multi_label":
        # Of the absolute value, so that no exponential overflows.
        small = np.exp(-np.abs(logits))
        return np.where(logits >= 0, 1, small) / (1 + small)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=-1, keepdims=True)


def answers_of(outputs: np.ndarray, task: Task, labels: Sequence[str]) -> Iterator[Answer]:
    """Gives outputs their names.

    Args:
        outputs: What `outputs_of` returned.
        task: The task.
        labels: Names of the labels.

    Yields:
        An answer for each row.
    """
    # Python's own floats, all rows at once: one by one they would cost more than the rest.
    rows = outputs.tolist()
    if task == "regression":
        yield from map(Regression, rows)
    elif task == "multi_label":
        for row in rows:
            named = dict(zip(labels, row, strict=True))
            yield MultiLabel(tuple(label for label, probability in named.items() if probability >= CHOSEN_FROM), named)
    else:
        for row, best in zip(rows, outputs.argmax(axis=-1).tolist(), strict=True):
            yield Classification(labels[best], row[best], dict(zip(labels, row, strict=True)))
