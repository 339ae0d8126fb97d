"""The answers of a text classifier for each task, and their computation from logits."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bert_keras.classification.task import Task

CHOSEN_FROM = 0.5
"""The least probability of a predicted label in multi-label classification."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The answer of a single-label classifier.

    Attributes:
        label: The most probable label.
        probability: The probability of that label.
        probabilities: The probability of each label.
    """

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class MultiLabel:
    """The answer of a multi-label classifier.

    Attributes:
        labels: The labels with a probability of at least 0.5, or of the label's own threshold where these were fitted,
            in the model's order; may be empty.
        probabilities: The probability of each label, independent of the others.
    """

    labels: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Regression:
    """The answer of a regression model.

    Attributes:
        score: The predicted number.
    """

    score: float


Answer: TypeAlias = Classification | MultiLabel | Regression
"""The answer of a classifier, by its task."""


def outputs_of(logits: np.ndarray, task: Task, temperature: float = 1.0) -> np.ndarray:
    """Converts logits to probabilities or numbers.

    Args:
        logits: The logits, `[rows, labels]`; for regression `[rows, 1]`.
        task: The task.
        temperature: What logits are divided by before the softmax, for `single_label`; see `Calibration`.

    Returns:
        The probabilities `[rows, labels]` float32: a softmax over the labels for `single_label`, a sigmoid of each
        logit for `multi_label`. For regression the predicted numbers `[rows]` float32.
    """
    logits = np.asarray(logits, np.float32)
    if task == "regression":
        return logits[:, 0]
    if task == "multi_label":
        # The exponent is never positive, so that the exponential cannot overflow.
        small = np.exp(-np.abs(logits))
        return np.where(logits >= 0, 1, small) / (1 + small)
    if temperature != 1:
        logits = logits / np.float32(temperature)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=-1, keepdims=True)


def chosen_of(probabilities: np.ndarray, thresholds: Sequence[float] | None = None) -> np.ndarray:
    """Returns which labels of a multi-label classifier are predicted.

    Args:
        probabilities: The probabilities, `[rows, labels]`.
        thresholds: The least probability of each label at which it is predicted; `None` means 0.5 for all.

    Returns:
        Whether each label is predicted, `[rows, labels]` bool.
    """
    return probabilities >= (CHOSEN_FROM if thresholds is None else np.asarray(thresholds, np.float32))


def answers_of(
    outputs: np.ndarray, task: Task, labels: Sequence[str], chosen: np.ndarray | None = None
) -> Iterator[Answer]:
    """Converts model outputs to answers with label names.

    Args:
        outputs: The result of `outputs_of`.
        task: The task.
        labels: The label names.
        chosen: Which labels of each row are predicted, `[rows, labels]` bool, for `multi_label`; `None` means those of
            a probability of at least 0.5.

    Yields:
        The answer for each row.
    """
    # All rows are converted to Python floats at once: converting each number by itself would dominate the run time.
    rows = outputs.tolist()
    if task == "regression":
        yield from map(Regression, rows)
    elif task == "multi_label":
        table = chosen_of(outputs) if chosen is None else chosen
        for row, picked in zip(rows, table.tolist(), strict=True):
            yield MultiLabel(tuple(itertools.compress(labels, picked)), dict(zip(labels, row, strict=True)))
    else:
        for row, best in zip(rows, outputs.argmax(axis=-1).tolist(), strict=True):
            yield Classification(labels[best], row[best], dict(zip(labels, row, strict=True)))
