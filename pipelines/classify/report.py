"""The results of a classifier's training: tables on the screen, and all files of the run folder except the model."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.text import Text

from bert_keras import evaluation, reporting, training
from bert_keras.models import TextClassifier
from bert_keras.reporting import Curve
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults
from .constant_answer import constant_answer
from .data import ClassifyData
from .told_answers import told_answers

_MOST_CLASSES_SHOWN = 20
_PICTURES = {"confusion": "confusion_matrix.png"}


class ClassifyResults(TrainingResults):
    """The predictions and metrics of a classifier's training; see `TrainingResults`."""

    data: ClassifyData
    outputs: dict[str, np.ndarray]

    def callback(self) -> keras.callbacks.Callback:
        """Returns the callback that logs predictions on the development split to TensorBoard."""
        return training.TensorBoardPredictions(
            self.folder.tensorboard,
            self.data.model.task,
            self.data.model.labels,
            self.data.dev.targets,
            lambda: self.outputs["dev"],
            partial(self.data.texts, "dev"),
        )

    def evaluate(self, model: TextClassifier) -> None:
        """Computes predictions and metrics of the model to export, with their intervals and baselines."""
        for split, rows in self.data.encoded.items():
            if split != "train":
                self.outputs.pop(split, None)  # those of the last epoch, which may be as large as the new ones
                with counted_rows(console, f"evaluating {split}", len(rows)) as advance:
                    self.outputs[split] = training.predict_outputs(model, rows, on_rows=advance)
                targets, outputs = rows.targets, self.outputs[split]
                self.scores[split] = evaluation.scores(model.task, targets, outputs, model.labels)
                intervals = evaluation.intervals(model.task, targets, outputs, evaluation.HEADLINES[model.task])
                self.compared(split, constant_answer(self.data.train, targets, model.labels), intervals)

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those of the labels with the lowest F1 on the development split."""
        self.show_headlines(evaluation.METRICS[self.data.model.task], reporting.score)
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
        model, dev = self.data.model, evaluated["dev"]
        for name, draw in reporting.output_figures(model.task, model.labels, dev.targets, dev.outputs).items():
            file = _PICTURES.get(name, f"{name}.png")
            with going_on(f"the picture {file}"):
                reporting.write_png(draw(), folder.path / file)
        with going_on("the page report.html"):
            reporting.write_run_page(record, folder.path / "report.html")
        with going_on("the model card README.md"):
            folder.write("README.md", reporting.model_card(record))

    def _predictions(self) -> Iterator[dict[str, Any]]:
        model = self.data.model
        for split, outputs in self.outputs.items():
            answers = told_answers(outputs, self.data.encoded[split].targets, model.task, model.labels)
            for row, answer in zip(self.data.sources[split], answers, strict=True):
                yield {
                    "split": split,
                    "file": row.file,
                    "line": row.line,
                    "text": row.text,
                    **({} if row.pair is None else {"pair": row.pair}),
                    "gold": row.target,
                    **answer,
                }
