"""What a training of a classifier shows and leaves: tables on the screen, and all files of the run's folder but the model."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from rich.text import Text

from bert_keras import evaluation, reporting, training
from bert_keras.classification.answers import answers_of
from bert_keras.models import TextClassifier

from ..console.consoles import console
from ..console.progress import progress
from ..console.tables import figures_table
from ..training.config import recipe_values
from ..training.run import run_report
from ..training.run_folder import RunFolder
from .data import ClassifyData

_MOST_CLASSES_SHOWN = 20


class ClassifyResults:
    """A training's predictions and scores.

    Args:
        data: What was trained on.
        folder: Where the files go.
        recipe: How it was trained.
    """

    def __init__(self, data: ClassifyData, folder: RunFolder, recipe: training.Recipe) -> None:
        self.data, self.folder, self.recipe = data, folder, recipe
        self.classifier = data.classifier
        self.outputs: dict[str, np.ndarray] = {}
        self.scores: dict[str, dict[str, Any]] = {}

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """What is written while the training runs, beside scalars."""
        predictions = training.TensorBoardPredictions(
            self.folder.tensorboard,
            self.classifier.task,
            self.classifier.labels,
            self.data.dev.targets,
            lambda: self.outputs["dev"],
            functools.partial(self.data.texts, "dev"),
        )
        return [predictions]

    def take_dev(self, outputs: np.ndarray) -> None:
        """Takes what the model says about dev after an epoch."""
        self.outputs["dev"] = outputs

    def evaluate(self, classifier: TextClassifier) -> None:
        """Predicts dev and test with the model that is served, and scores them."""
        self.classifier = classifier
        for split, rows in self.data.encoded.items():
            if split != "train":
                with progress(console) as bar:
                    task = bar.add_task(f"evaluating {split}", total=len(rows), note="")
                    advance = functools.partial(bar.advance, task)
                    self.outputs[split] = training.predict_outputs(classifier, rows, on_rows=advance)
                self.scores[split] = evaluation.scores(
                    classifier.task, rows.targets, self.outputs[split], classifier.labels
                )

    def show_scores(self) -> None:
        """Prints the scores, and the worst classes one by one."""
        metrics = evaluation.METRICS[self.classifier.task]
        table = figures_table("", *(name.replace("_", " ") for name in metrics))
        for split, scores in self.scores.items():
            table.add_row(split, *(f"{scores[name]:.4f}" for name in metrics))
        console.print(table)
        classes = sorted(self.scores["dev"].get("classes", {}).items(), key=lambda entry: entry[1]["f1"])
        shown = classes[:_MOST_CLASSES_SHOWN]
        if not shown:
            return
        title = f"{len(shown)} of {len(classes)} labels, lowest F1 first" if len(shown) < len(classes) else None
        table = figures_table("dev label", "precision", "recall", "F1", "rows", title=title)
        for name, figures in shown:
            numbers = (f"{figures[key]:.4f}" for key in ("precision", "recall", "f1"))
            table.add_row(Text(name), *numbers, f"{figures['rows']:,}")
        console.print(table)

    def write(self, outcome: training.Outcome, version: Path) -> None:
        """Writes predictions, pictures, TensorBoard's HParams, page, model card and, last, the report."""
        folder, task = self.folder, self.classifier.task
        folder.write_lines("predictions.jsonl", self._predictions())
        values = recipe_values(self.data.config)
        training.write_hparams(folder.tensorboard, values, self.scores, task, outcome.steps)
        record = self._record(self._report(outcome), version)
        for name, figure in self._pictures().items():
            reporting.write_png(figure, folder.path / f"{name}.png")
        reporting.write_run_page(record, folder.path / "report.html")
        folder.write("README.md", reporting.model_card(record))
        folder.finish(record.report)

    def commands(self, version: Path) -> Sequence[str]:
        """What people may type next."""
        return (
            f"bert-keras predict --model {version.parent} --input FILE",
            f"bert-keras compare {self.folder.path} ANOTHER_RUN",
        )

    def _pictures(self) -> dict[str, Figure]:
        task, labels, scores = self.classifier.task, self.classifier.labels, self.scores["dev"]
        targets, outputs = self.data.encoded["dev"].targets, self.outputs["dev"]
        if task == "regression":
            return {"predicted_against_true": reporting.scatter_figure(targets, outputs)}
        pictures = {"calibration": reporting.reliability_figure(evaluation.reliability(targets, outputs))}
        if task == "single_label":
            pictures["confusion_matrix"] = reporting.confusion_figure(scores["confusion"], labels)
        return pictures

    def _record(self, report: dict[str, Any], version: Path) -> reporting.RunRecord:
        curves = {split: training.read_scalars(self.folder.tensorboard / split) for split in ("train", "dev")}
        evaluated = {
            split: reporting.Evaluated(
                rows.targets, self.outputs[split], rows.lengths, functools.partial(self.data.texts, split)
            )
            for split, rows in self.data.encoded.items()
            if split in self.outputs
        }
        return reporting.RunRecord(
            str(self.data.config.name),
            report,
            curves["train"],
            curves["dev"],
            evaluated,
            self.data.encoded["train"].lengths,
            str(self.folder.path),
            self.classifier.pairs,
            str(version.parent),
        )

    def _report(self, outcome: training.Outcome) -> dict[str, Any]:
        model = {"task": self.classifier.task, "labels": list(self.classifier.labels)}
        return run_report(self.data, self.recipe, outcome, self.scores, model)

    def _predictions(self) -> Iterator[dict[str, Any]]:
        labels, task = self.classifier.labels, self.classifier.task
        for split, outputs in self.outputs.items():
            answers = answers_of(outputs, task, labels)
            for row, answer in zip(self.data.sources[split], answers, strict=True):
                yield {
                    "split": split,
                    "file": row.file,
                    "line": row.line,
                    "text": row.text,
                    **({} if row.pair is None else {"pair": row.pair}),
                    "gold": row.target,
                    **dataclasses.asdict(answer),
                }
