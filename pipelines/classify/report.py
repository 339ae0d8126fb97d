"""The results of a classifier's training: tables on the screen, and all files of the run folder except the model."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from rich.text import Text

from bert_keras import evaluation, reporting, training
from bert_keras.classification.answers import answers_of
from bert_keras.models import TextClassifier
from bert_keras.reporting import Curve

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults
from .data import ClassifyData

_MOST_CLASSES_SHOWN = 20


class ClassifyResults(TrainingResults):
    """The predictions and metrics of a classifier's training; see `TrainingResults`."""

    data: ClassifyData
    outputs: dict[str, np.ndarray]

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Returns the callback that logs predictions on the development split to TensorBoard."""
        predictions = training.TensorBoardPredictions(
            self.folder.tensorboard,
            self.data.model.task,
            self.data.model.labels,
            self.data.dev.targets,
            lambda: self.outputs["dev"],
            partial(self.data.texts, "dev"),
        )
        return [predictions]

    def evaluate(self, model: TextClassifier) -> None:
        """Computes predictions and metrics of the model to export on the development and test split."""
        for split, rows in self.data.encoded.items():
            if split != "train":
                with counted_rows(console, f"evaluating {split}", len(rows)) as advance:
                    self.outputs[split] = training.predict_outputs(model, rows, on_rows=advance)
                self.scores[split] = evaluation.scores(model.task, rows.targets, self.outputs[split], model.labels)

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those of the labels with the lowest F1 on the development split."""
        metrics = evaluation.METRICS[self.data.model.task]
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

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        return (
            f"bert-keras predict --model {version.parent} --input FILE",
            f"bert-keras compare {self.folder.path} ANOTHER_RUN",
        )

    def _described(self) -> dict[str, Any]:
        return {"task": self.data.model.task, "labels": list(self.data.model.labels)}

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        folder = self.folder
        evaluated = {
            split: reporting.Evaluated(rows.targets, self.outputs[split], rows.lengths, partial(self.data.texts, split))
            for split, rows in self.data.encoded.items()
            if split in self.outputs
        }
        record = reporting.RunRecord(
            str(self.data.config.name),
            report,
            curves["train"],
            curves["dev"],
            evaluated,
            self.data.train.lengths,
            str(folder.path),
            self.data.model.pairs,
            served,
        )
        for name, figure in self._pictures().items():
            reporting.write_png(figure, folder.path / f"{name}.png")
        reporting.write_run_page(record, folder.path / "report.html")
        folder.write("README.md", reporting.model_card(record))

    def _pictures(self) -> dict[str, Figure]:
        model, scores = self.data.model, self.scores["dev"]
        targets, outputs = self.data.dev.targets, self.outputs["dev"]
        if model.task == "regression":
            return {"predicted_against_true": reporting.scatter_figure(targets, outputs)}
        pictures = {"calibration": reporting.reliability_figure(evaluation.reliability(targets, outputs))}
        if model.task == "single_label":
            pictures["confusion_matrix"] = reporting.confusion_figure(scores["confusion"], model.labels)
        return pictures

    def _predictions(self) -> Iterator[dict[str, Any]]:
        model = self.data.model
        for split, outputs in self.outputs.items():
            answers = answers_of(outputs, model.task, model.labels)
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
