"""How far a training is."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

_LESS_IS_BETTER = ("loss", "mse", "mae", "ece")


@dataclass
class BestEpoch:
    """The best epoch so far.

    Attributes:
        epoch: From 0; None before the first.
        value: Of the metric that decides; None before the first.
        waited: Epochs since.
    """

    epoch: int | None = None
    value: float | None = None
    waited: int = 0

    def take(self, epoch: int, metric: str, value: float) -> bool:
        """Takes an epoch into account.

        Args:
            epoch: Which.
            metric: The metric that decides: of losses and errors less is better, of all others more.
            value: Its value.

        Returns:
            Whether it is the best so far.
        """
        if self.value is None or math.isnan(self.value) or _better(metric, value, self.value):
            self.epoch, self.value, self.waited = epoch, value, 0
            return True
        self.waited += 1
        return False


def _better(metric: str, value: float, best: float) -> bool:
    return value < best if metric in _LESS_IS_BETTER else value > best


@dataclass
class TrainingState:
    """All that decides what comes next, but the values of variables.

    Attributes:
        epoch: The epoch at work, from 0.
        step: Its optimizer steps that are done.
        rows: Rows that were trained on in all epochs.
        seconds: Spent so far, in all processes.
        loss: Sum over the rows of this epoch so far.
        counts: Sums of the task's metric over them.
        history: Figures of the epochs that are done.
        best: The best of them.
        finished: Whether nothing is left to do.
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
        """Counts a step that is done: its rows, their mean loss, and the sums of the metric."""
        self.step += 1
        self.rows += rows
        self.loss += loss * rows
        self.counts = [old + new for old, new in zip(self.counts or [0.0] * len(counts), counts, strict=True)]

    def end_epoch(self, figures: dict[str, float]) -> None:
        """Notes the figures of the epoch and goes on to the next."""
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self.epoch, self.step, self.loss, self.counts = self.epoch + 1, 0, 0.0, []

    def to_json(self) -> dict[str, Any]:
        """Returns what JSON can hold; every float comes back as it was."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "TrainingState":
        """Makes the state that `to_json` was called on."""
        return cls(**(content | {"best": BestEpoch(**content["best"])}))
