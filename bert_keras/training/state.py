"""The progress of a training."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from bert_keras.evaluation import LOWER_IS_BETTER


@dataclass
class BestEpoch:
    """The best epoch so far.

    Attributes:
        epoch: The epoch, counted from 0; `None` before the first has ended.
        value: The stop metric of the epoch; `None` before the first has ended.
        waited: The number of epochs since one had a better value.
        loss: The loss of the epoch on the development split, which decides between epochs of equal value; `None` if it
            was not told.
    """

    epoch: int | None = None
    value: float | None = None
    waited: int = 0
    loss: float | None = None

    def take(self, epoch: int, metric: str, value: float, loss: float | None = None) -> bool:
        """Compares an epoch with the best so far, and takes its place if it is better.

        Args:
            epoch: The epoch.
            metric: The name of the stop metric; losses and errors are better if lower, all others if higher.
            value: The value of the metric.
            loss: The loss on the development split, if it is known.

        Returns:
            Whether the epoch is the best so far.
        """
        if self.value is None or math.isnan(self.value) or _better(metric, value, self.value):
            self.epoch, self.value, self.loss, self.waited = epoch, value, loss, 0
            return True
        self.waited += 1
        if value == self.value and loss is not None and self.loss is not None and loss < self.loss:
            self.epoch, self.loss = epoch, loss
            return True
        return False


def _better(metric: str, value: float, best: float) -> bool:
    return value < best if metric in LOWER_IS_BETTER else value > best


@dataclass
class TrainingState:
    """The progress of a training, without the values of variables.

    Attributes:
        epoch: The current epoch, counted from 0.
        step: The number of finished optimizer steps in the current epoch.
        rows: The number of rows trained on so far, in all epochs.
        seconds: The duration so far, in all processes.
        loss: The sum of the losses of the rows in the current epoch.
        counts: The sums of the task's metric over these rows.
        history: The losses and metrics of the finished epochs, by name.
        best: The best of the finished epochs.
        finished: Whether the training is finished.
    """

    epoch: int = 0
    step: int = 0
    rows: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    counts: list[float] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    best: BestEpoch = field(default_factory=BestEpoch)
    finished: bool = False

    def add_step(self, rows: int, loss: float, counts: list[float]) -> None:
        """Adds a finished step: the number of its rows, their mean loss, and the sums of the metric."""
        self.step += 1
        self.rows += rows
        self.loss += loss * rows
        self.counts = [old + new for old, new in zip(self.counts or [0.0] * len(counts), counts, strict=True)]

    def end_epoch(self, figures: dict[str, float]) -> None:
        """Adds the losses and metrics of the current epoch to the history, and begins the next one."""
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self.epoch, self.step, self.loss, self.counts = self.epoch + 1, 0, 0.0, []

    def to_json(self) -> dict[str, Any]:
        """Returns the state as JSON values, from which `from_json` restores every float exactly."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "TrainingState":
        """Restores a state from the result of `to_json`."""
        return cls(**(content | {"best": BestEpoch(**content["best"])}))
