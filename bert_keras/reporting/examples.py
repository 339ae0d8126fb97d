"""Single rows with their true and predicted labels or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.classification import chosen_of
from bert_keras.evaluation import hardest_rows, row_losses
from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.names import number
from bert_keras.reporting.run_record import Evaluated, NearRow, RowText


@dataclass(frozen=True)
class Answer:
    """A label with its probability, or a number, which has none."""

    name: str
    probability: float | None = None


@dataclass(frozen=True)
class Example:
    """A row with its true and its predicted labels, or numbers.

    Attributes:
        row: The text.
        true: The true labels, or the true number.
        predicted: The predicted ones.
        loss: The loss.
        second: The second most probable label, where a text has one label.
        words: The words of the text, and of its pair, by what each adds to the prediction; `None` if not looked at.
        near: The nearest training rows, nearest first; none if they are not looked for.
    """

    row: RowText
    true: list[Answer]
    predicted: list[Answer]
    loss: float
    second: Answer | None = None
    words: Sequence[Words] | None = None
    near: Sequence[NearRow] = ()

    @property
    def margin(self) -> float | None:
        """By how much the predicted label is more probable than the second; `None` if there is no second."""
        first, second = self.predicted[0].probability if self.predicted else None, self.second
        return None if first is None or second is None or second.probability is None else first - second.probability

    @property
    def right(self) -> bool:
        """Whether the prediction equals the truth."""
        return self.true == self.predicted

    def speaks_for(self, near: NearRow) -> str:
        """Returns "right" for a training row that has the true labels, "wrong" for one that has the predicted ones."""
        for verdict, answers in (("right", self.true), ("wrong", self.predicted)):
            if {answer.name for answer in answers} == set(near.labels):
                return verdict
        return ""


def hardest_examples(task: str, labels: Sequence[str], evaluated: Evaluated, count: int) -> list[Example]:
    """Returns the rows with the highest losses.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        labels: The names of the labels.
        evaluated: The split.
        count: The maximum number of rows to return.

    Returns:
        The rows, highest loss first.
    """
    return examples(
        task, labels, evaluated, hardest_rows(row_losses(task, evaluated.targets, evaluated.outputs), count).tolist()
    )


def examples(task: str, labels: Sequence[str], evaluated: Evaluated, rows: Sequence[int]) -> list[Example]:
    """Returns some rows of a split with their texts, truth and predictions.

    Args:
        task: As in `hardest_examples`.
        labels: As in `hardest_examples`.
        evaluated: The split.
        rows: The indices of the rows.

    Returns:
        One example per index, in order.
    """
    places = list(rows)
    targets, outputs = evaluated.targets[places], evaluated.outputs[places]
    losses = row_losses(task, targets, outputs)
    true = [answers(task, labels, target, output) for target, output in zip(targets, outputs, strict=True)]
    if task == "multi_label":
        best = chosen_of(outputs) if evaluated.chosen is None else evaluated.chosen[places]
    else:
        best = outputs.argmax(axis=1) if task == "single_label" else outputs
    predicted = [answers(task, labels, chosen, output) for chosen, output in zip(best, outputs, strict=True)]
    second = [_second(task, labels, output) for output in outputs]
    columns = (evaluated.texts(places), true, predicted, map(float, losses), second)
    return [Example(*row) for row in zip(*columns, strict=True)]


def _second(task: str, labels: Sequence[str], output: np.ndarray) -> Answer | None:
    if task != "single_label":
        return None
    place = int(np.argsort(-output, kind="stable")[1])
    return Answer(labels[place], float(output[place]))


def answers(task: str, labels: Sequence[str], chosen: np.ndarray, output: np.ndarray) -> list[Answer]:
    """Returns the chosen labels of a row with their probabilities, or its number.

    Args:
        task: As in `hardest_examples`.
        labels: As in `hardest_examples`.
        chosen: The index of a label, 0 or 1 for each label, or a number, depending on the task.
        output: The probability of each label, or a number.

    Returns:
        The labels with their probabilities, or the number.
    """
    if task == "regression":
        return [Answer(number(float(chosen)))]
    places = [int(chosen)] if task == "single_label" else np.flatnonzero(chosen).tolist()
    return [Answer(labels[place], float(output[place])) for place in places]
