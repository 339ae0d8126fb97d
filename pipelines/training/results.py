"""The base class of a training's results: predictions and metrics on the evaluated splits, and the files of the run."""

import abc
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from bert_keras import training
from bert_keras.reporting import Curve

from .config import recipe_values
from .data import TrainingData
from .report import run_report
from .run_folder import RunFolder


class TrainingResults(abc.ABC):
    """The predictions and metrics of a training on the development and test split.

    Args:
        data: The data and the model of the training.
        folder: The run folder.
        recipe: The hyper-parameters of the training.

    Attributes:
        data: The data and the model of the training.
        folder: The run folder.
        recipe: The hyper-parameters of the training.
        outputs: The model outputs for each evaluated split.
        scores: The metrics of each evaluated split.
    """

    data: TrainingData
    outputs: dict[str, Any]

    def __init__(self, data: TrainingData, folder: RunFolder, recipe: training.Recipe) -> None:
        self.data, self.folder, self.recipe = data, folder, recipe
        self.outputs = {}
        self.scores: dict[str, dict[str, Any]] = {}

    @abc.abstractmethod
    def callbacks(self) -> Sequence[keras.callbacks.Callback]:
        """Returns the callbacks that log predictions to TensorBoard during the training."""

    def take_dev(self, outputs: Any) -> None:
        """Stores the model outputs for the development split after an epoch."""
        self.outputs["dev"] = outputs

    @abc.abstractmethod
    def evaluate(self, model: Any) -> None:
        """Computes predictions and metrics of the model to export on the development and test split."""

    @abc.abstractmethod
    def show_scores(self) -> None:
        """Prints the metrics."""

    @abc.abstractmethod
    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""

    def write(self, outcome: training.Outcome, version: Path) -> None:
        """Writes all files of the run folder except the model.

        Args:
            outcome: The result of `training.fine_tune`.
            version: The folder of the exported version.
        """
        folder, values = self.folder, recipe_values(self.data.config)
        folder.write_lines("predictions.jsonl", self._predictions())
        described = self._described()
        training.write_hparams(folder.tensorboard, values, self.scores, described["task"], outcome.steps)
        curves = {split: training.read_scalars(folder.tensorboard / split) for split in ("train", "dev")}
        report = run_report(self.data, self.recipe, outcome, self.scores, described)
        self._write_pages(report, curves, str(version.parent))
        folder.finish(report)  # last, since a report marks the run as finished

    @abc.abstractmethod
    def _predictions(self) -> Iterable[Mapping[str, Any]]:
        """Returns the rows of `predictions.jsonl`."""

    @abc.abstractmethod
    def _described(self) -> dict[str, Any]:
        """Returns the "model" section of `report.json` except its size, with the task under "task"."""

    @abc.abstractmethod
    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        """Writes the pages, pictures and model card.

        Args:
            report: The content of `report.json`.
            curves: The curves of the splits "train" and "dev" by the name of the metric.
            served: The folder of the exported model.
        """
