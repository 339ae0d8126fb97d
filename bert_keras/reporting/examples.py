"""Single rows with what was true and what was predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation import THRESHOLD, hardest_rows, row_losses
from bert_keras.reporting.run_record import Evaluated, RowText


@dataclass(frozen=True)
class Answer:
    """A label with its probability, or, without one, a number."""

    name: str
    probability: float | None = None


@dataclass(frozen=True)
class Example:
    """A row with what was true and what was predicted; of several labels those that are either."""

    row: RowText
    true: list[Answer]
    predicted: list[Answer]
    loss: float

    @property
    def right(self) -> bool:
        """Whether both are the same."""
        return self.true == self.predicted


def hardest_examples(task: str, labels: Sequence[str], evaluated: Evaluated, count: int) -> list[Example]:
    """Finds the rows of the highest losses.

    Args:
        task: `single_label`, `multi_label` or `regression`.
        labels: Names of the labels.
        evaluated: The split.
        count: Most rows to give.

    Returns:
        The rows, hardest first.
    """
    return examples(
        task, labels, evaluated, hardest_rows(row_losses(task, evaluated.targets, evaluated.outputs), count).tolist()
    )


def examples(task: str, labels: Sequence[str], evaluated: Evaluated, rows: Sequence[int]) -> list[Example]:
    """Puts texts, truth and predictions together.

    Args:
        task: `single_label`, `multi_label` or `regression`.
        labels: Names of the labels.
        evaluated: The split.
        rows: Which of its rows.

    Returns:
        An example for each, in their order.
    """
    places = list(rows)
    targets, outputs = evaluated.targets[places], evaluated.outputs[places]
    losses = row_losses(task, targets, outputs)
    true = [answers(task, labels, target, output) for target, output in zip(targets, outputs, strict=True)]
    best = (
        outputs.argmax(axis=1) if task == "single_label" else outputs >= THRESHOLD if task == "multi_label" else outputs
    )
    predicted = [answers(task, labels, chosen, output) for chosen, output in zip(best, outputs, strict=True)]
    return [Example(*row) for row in zip(evaluated.texts(places), true, predicted, map(float, losses), strict=True)]


def answers(task: str, labels: Sequence[str], chosen: np.ndarray, output: np.ndarray) -> list[Answer]:
    """Names what is chosen of an output.

    Args:
        task: `single_label`, `multi_label` or `regression`.
        labels: Names of the labels.
        chosen: Index of a label; 0 or 1 of each label; or a number.
        output: Probability of each label, or a number.

    Returns:
        The labels with their probabilities, or the number.
    """
    if task == "regression":
        return [Answer(f"{float(chosen):.4g}")]
    places = [int(chosen)] if task == "single_label" else np.flatnonzero(chosen).tolist()
    return [Answer(labels[place], float(output[place])) for place in places]
