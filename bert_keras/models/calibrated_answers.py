"""The calibration of a classifier: the one place where its logits become outputs and answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.classification.answers import Answer, answers_of, chosen_of, outputs_of
from bert_keras.classification.calibration import Calibration
from bert_keras.classification.task import Task
from bert_keras.errors import InputError


class CalibratedAnswers:
    """A classifier's way from logits to answers. Training discards the calibration, which was of other weights.

    Attributes:
        calibration: What was fitted on development rows after the training; `None` without.
    """

    task: Task
    labels: Sequence[str]
    calibration: Calibration | None

    def to_outputs(self, logits: np.ndarray) -> np.ndarray:
        """Converts logits `[rows, labels]` to the probabilities or numbers that the model answers with."""
        return outputs_of(logits, self.task, 1.0 if self.calibration is None else self.calibration.temperature)

    def to_answers(self, outputs: np.ndarray) -> Iterator[Answer]:
        """Yields the answer of each row, given the result of `to_outputs`."""
        chosen = chosen_of(outputs, self.thresholds) if self.task == "multi_label" else None
        return answers_of(outputs, self.task, self.labels, chosen)

    @property
    def thresholds(self) -> tuple[float, ...] | None:
        """The least probability at which each label is predicted, for "multi_label"; `None` means 0.5 for all."""
        return None if self.calibration is None else self.calibration.thresholds

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Trains the model; see `BertTask.fit`."""
        self.calibration = None
        return super().fit(*args, **kwargs)  # type: ignore[misc]

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Trains the model on a batch; see `keras.Model.train_on_batch`."""
        self.calibration = None
        return super().train_on_batch(*args, **kwargs)  # type: ignore[misc]


def fitting_calibration(content: Any, task: Task, labels: Sequence[str]) -> Calibration | None:
    """Returns a calibration, or what a preset holds of it, checked against the model.

    Raises:
        InputError: It is none, or that of another task or another number of labels.
    """
    calibration = Calibration.of(content)
    if calibration is None:
        return None
    thresholds = calibration.thresholds
    if task == "regression" or (thresholds is not None and (task != "multi_label" or len(thresholds) != len(labels))):
        raise InputError(
            f"the calibration is not that of a {task} model of {len(labels)} labels. Received: {calibration!r:.100}"
        )
    if calibration.temperature != 1 and task != "single_label":
        raise InputError(f"a temperature is of single_label models. Received: {calibration.temperature} for {task}")
    return calibration
