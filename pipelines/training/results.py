"""The base class of a training's results: predictions and metrics on the evaluated splits, and the files of the run."""

import abc
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from rich.text import Text

from bert_keras import evaluation, training
from bert_keras.reporting import Curve, headlines, portable
from bert_keras.reporting.headlines import HEADING, PREDICTION, Form
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.tables import figures_table
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
        baseline: The metrics of a constant answer for each evaluated split, and that answer in words.
        interval: The low and the high end of the 95 % interval of the main metrics, for each evaluated split.
    """

    data: TrainingData
    outputs: dict[str, Any]

    def __init__(self, data: TrainingData, folder: RunFolder, recipe: training.Recipe) -> None:
        self.data, self.folder, self.recipe = data, folder, recipe
        self.outputs = {}
        self.scores: dict[str, dict[str, Any]] = {}
        self.baseline: dict[str, dict[str, Any]] = {}
        self.interval: dict[str, dict[str, list[float]]] = {}

    @abc.abstractmethod
    def callback(self) -> keras.callbacks.Callback:
        """Returns the callback that logs predictions to TensorBoard during the training."""

    def take_dev(self, outputs: Any) -> None:
        """Stores the model outputs for the development split after an epoch."""
        self.outputs["dev"] = outputs

    @abc.abstractmethod
    def evaluate(self, model: Any) -> None:
        """Computes predictions and metrics of the model to export, with their intervals and baselines."""

    @abc.abstractmethod
    def show_scores(self) -> None:
        """Prints the metrics."""

    def compared(
        self,
        split: str,
        baseline: evaluation.Baseline,
        intervals: Mapping[str, evaluation.Interval],
        heading: str | None = None,
    ) -> None:
        """Stores the baseline and the intervals of a split's metrics, and what a baseline that varies is called."""
        called = {} if heading is None else {HEADING: heading}
        self.baseline[split] = {PREDICTION: baseline.prediction} | called | baseline.metrics
        self.interval[split] = {name: [of.low, of.high] for name, of in intervals.items()}

    def show_headlines(self, metrics: Sequence[str], form: Form) -> None:
        """Prints metrics beside their intervals and baselines, and a warning where a baseline is not beaten.

        Args:
            metrics: The names of the metrics, the main one first.
            form: A function that returns a metric as text.
        """
        known = {"baseline": self.baseline, "interval": self.interval}
        for split, scores in self.scores.items():
            found = headlines(known, split, scores, metrics)
            table = figures_table(*found.heads)
            for row in found.rows(form):
                table.add_row(*map(Text, row))
            console.print(table)
            if found.prediction:
                console.print(f"{found.heading}: {found.prediction}")
            warning = found.warning(form)
            if warning:
                console.print(f"warning: {warning}", style="yellow")

    @abc.abstractmethod
    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""

    def write(self, outcome: training.Outcome, version: Path) -> dict[str, Any]:
        """Writes all files of the run folder except the model; returns the content of `report.json`.

        Args:
            outcome: The result of `training.fine_tune`.
            version: The folder of the exported version.
        """
        folder, values = self.folder, recipe_values(self.data.config)
        # As it was trained: few rows have a recipe of their own.
        values |= {name: value for name, value in self.recipe.settings().items() if values.get(name) is not None}
        folder.write_lines("predictions.jsonl", self._predictions())
        described = self._described() | {"adapter": folder.adapter(self.data.config)}
        with going_on("the table of hyperparameters in TensorBoard"):
            given = self.data.files["train"]
            values = values | {"train": ", ".join(map(portable, [given] if isinstance(given, str) else given))}
            name = str(self.data.config.name)
            training.write_hparams(folder.tensorboard, values, self.scores, described["task"], outcome.steps, name)
        curves: dict[str, dict[str, Curve]] = {"train": {}, "dev": {}}
        with going_on("the curves of the training in the report"):
            curves = {split: training.read_scalars(folder.tensorboard / split) for split in curves}
        report = run_report(self.data, self.recipe, outcome, self.scores, described)
        report |= {"baseline": self.baseline, "interval": self.interval} | self._decisions()
        with going_on("the report's pages"):
            self._write_pages(report, curves, str(version.parent))
        folder.finish(report)  # last, since a report marks the run as finished
        return report

    @abc.abstractmethod
    def _predictions(self) -> Iterable[Mapping[str, Any]]:
        """Returns the rows of `predictions.jsonl`."""

    def _decisions(self) -> dict[str, Any]:
        """Returns further sections of `report.json`, on what was decided after the training."""
        return {}

    @abc.abstractmethod
    def _described(self) -> dict[str, Any]:
        """Returns the "model" section of `report.json` except its size and adapter, with the task under "task"."""

    @abc.abstractmethod
    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        """Writes the pages, pictures and model card; what fails is left out with a warning.

        Args:
            report: The content of `report.json`.
            curves: The curves of the splits "train" and "dev" by the name of the metric.
            served: The folder of the exported model.
        """


def serve_command(version: Path) -> str:
    """Returns the command that serves an export, given the folder of its version."""
    folder = version.parent
    return f"bert-keras serve --model_name {shlex.quote(folder.name)} --model_base_path {shlex.quote(str(folder))}"
