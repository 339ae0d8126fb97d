"""What a kind of training brings along: its data, and what it shows and leaves."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
from rich.table import Table

from bert_keras import training
from bert_keras.data import Encoded
from bert_keras.models import BertTask

from .probes import DevRow


class TrainingData(Protocol):
    """What a training is made of.

    Attributes:
        config: What was asked for.
        precision: Of the training.
        rows_are: What a row of training is called: "rows", "windows".
    """

    config: Any
    precision: training.Precision
    rows_are: str

    @property
    def model(self) -> BertTask:
        """The starting point, which is trained."""
        ...

    @property
    def train(self) -> Encoded:
        """The rows to learn from."""
        ...

    @property
    def dev(self) -> Any:
        """What is measured after each epoch, as `training.fine_tune` takes it."""
        ...

    def dev_rows(self, most: int) -> list[DevRow]:
        """Takes so many rows of dev, from its beginning to its end, the same ones each time."""
        ...

    def show(self) -> None:
        """Prints what was read, and what looks wrong."""
        ...

    def preview(self) -> Iterator[Table]:
        """Makes tables of what is to be learned, for a dry run."""
        ...

    def report(self) -> dict[str, Any]:
        """The data part of `report.json`."""
        ...


class TrainingResults(Protocol):
    """What a training shows and leaves beside its model."""

    def callbacks(self) -> Sequence[keras.callbacks.Callback]:
        """What is written while the training runs, beside scalars."""
        ...

    def take_dev(self, outputs: Any) -> None:
        """Takes what the model says about dev after an epoch."""
        ...

    def evaluate(self, model: Any) -> None:
        """Predicts and scores dev and test with the model that is served."""
        ...

    def show_scores(self) -> None:
        """Prints the scores."""
        ...

    def write(self, outcome: training.Outcome, version: Path) -> None:
        """Writes all files of the run's folder but the model; last the report, which makes it a finished one."""
        ...

    def commands(self, version: Path) -> Sequence[str]:
        """What people may type next, beside TensorBoard."""
        ...
