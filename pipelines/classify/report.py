"""The results of a classifier's training: tables on the screen, and all files of the run folder except the model."""

import dataclasses
import itertools
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.text import Text

from bert_keras import evaluation, insight, reporting, training
from bert_keras.auditing import Slice
from bert_keras.classification import chosen_of
from bert_keras.data import Encoded
from bert_keras.models import TextClassifier
from bert_keras.reporting import Curve
from bert_keras.reporting.finished_run import HELD_OUT_LABELS
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults
from ..training.run_folder import RunFolder
from .coloured import coloured_words
from .constant_answer import constant_answer
from .data import ClassifyData
from .learning import LearnedFromParts, learn_from_parts
from .near_rows import near_training_rows
from .self_labelled import comparison_said
from .sliced import dev_slices
from .told_answers import told_answers

_MOST_CLASSES_SHOWN = 20
_PICTURES = {"confusion": "confusion_matrix.png"}


class ClassifyResults(TrainingResults):
    """The predictions and metrics of a classifier's training; see `TrainingResults`."""

    data: ClassifyData
    outputs: dict[str, np.ndarray]

    def __init__(self, data: ClassifyData, folder: RunFolder, recipe: training.Recipe) -> None:
        super().__init__(data, folder, recipe)
        self.fitted: evaluation.CrossFitted | None = None
        self.chosen: dict[str, np.ndarray | None] = {}
        self.f1_interval: dict[str, dict[str, list[float]]] = {}
        self.curve: LearnedFromParts | None = None
        self.slices: list[Slice] = []
        self.kept: reporting.KeptSlices | None = None
        self.model: TextClassifier | None = None
        self.taught: dict[str, Any] = {}
        self.self_taught: dict[str, Any] = {}

    def callback(self) -> keras.callbacks.Callback:
        """Returns the callback that logs predictions on the development split to TensorBoard."""
        return training.TensorBoardPredictions(
            self.folder.dev_events,
            self.data.model.task,
            self.data.model.labels,
            self.data.dev.targets,
            lambda: self.outputs["dev"],
            partial(self.data.texts, "dev"),
        )

    def evaluate(self, model: TextClassifier) -> None:
        """Computes predictions and metrics of the model to export, with their intervals and baselines.

        Unless the options say otherwise, the calibration is fitted on the development split and saved first; that
        split's metrics are then by what was fitted on the other half of it.
        """
        self.model = model
        self.outputs.clear()  # those of the last epoch, which may be as large as the new ones
        for split, rows in self.data.encoded.items():
            if split != "train":
                with counted_rows(console, f"evaluating {split}", len(rows)) as advance:
                    if split == "dev" and self._calibrates:
                        self._calibrate(model, training.predict_logits(model, rows, on_rows=advance))
                    else:
                        self.outputs[split] = training.predict_outputs(model, rows, on_rows=advance)
                self.chosen[split] = self._chosen(self.outputs[split], model)
                self._score(split, rows.targets, model)
        if self.data.self_labelled is not None:
            outputs = self.judged("dev")[0]
            self.self_taught = self.data.self_labelled.compared(self.data.dev, outputs, model.labels)
        if self.data.teacher is not None:
            self.taught = {"teacher": self.data.teacher.compared(model, self.scores, self.data.sources)}
        if self.data.config.slices:
            outputs, chosen = self.judged("dev")
            right = evaluation.rows_right(model.task, self.data.dev.targets, outputs, chosen)
            with going_on("the slices of dev"):
                self.slices, self.kept = dev_slices(
                    self.data.config, self.data.sources["dev"], right, partial(insight.mean_vectors, model)
                )
        if self.data.config.learning_curve:
            self.curve = learn_from_parts(self.data, self.recipe, self.outputs["dev"])

    @property
    def _calibrates(self) -> bool:
        return self.data.config.calibrate == "auto" and self.data.model.task != "regression"

    def _calibrate(self, model: TextClassifier, logits: np.ndarray) -> None:
        """Fits the calibration; the model and the run folder keep it."""
        fitted = self._fitted(model, logits)
        self.fitted, model.calibration = fitted, fitted.calibration
        if fitted.calibration is not None:
            # The trained model is saved rather than `model`, in which adapters are merged: only the adapters are kept.
            self.data.model.calibration = fitted.calibration
            self.folder.write_model(self.data.model)
        self.outputs["dev"] = model.to_outputs(logits)

    def _fitted(self, model: TextClassifier, logits: np.ndarray) -> evaluation.CrossFitted:
        """Fits the calibration on the development split or, of few examples with few rows there, on held-out rows."""
        data, targets = self.data, self.data.dev.targets
        if data.few_shot.chosen and len(data.dev) < evaluation.FEWEST_TO_FIT:
            with console.status("learning from half of the rows, to see on the others how sure it may be"):
                more = None if data.self_labelled is None else data.self_labelled.rows
                part = None if data.checkpoints is None else data.checkpoints.part("calibration")
                calibration = training.few_shot_calibration(
                    data.fresh_model(few=True),
                    data.encoded["train"],
                    self.recipe,
                    more,
                    part,
                    replace=data.config.overwrite,
                )
            if calibration is not None:
                return evaluation.calibrated_before(targets, logits, calibration)
        return evaluation.cross_fit(model.task, targets, logits, data.config.wanted_precision, data.config.seed)

    @staticmethod
    def _chosen(outputs: np.ndarray, model: TextClassifier) -> np.ndarray | None:
        return chosen_of(outputs, model.thresholds) if model.task == "multi_label" else None

    def judged(self, split: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the outputs and the chosen labels that a split is scored by: none was fitted on its own row."""
        if split == "dev" and self.fitted is not None:
            return self.fitted.outputs, self.fitted.chosen
        return self.outputs[split], self.chosen[split]

    def _score(self, split: str, targets: np.ndarray, model: TextClassifier) -> None:
        outputs, chosen = self.judged(split)
        self.scores[split] = evaluation.scores(model.task, targets, outputs, model.labels, chosen)
        intervals = evaluation.intervals(model.task, targets, outputs, chosen=chosen)
        self.compared(split, constant_answer(self.data.encoded["train"], targets, model.labels), intervals)
        if model.labels:
            ends = map(list, evaluation.f1_intervals(targets, outputs, chosen))
            self.f1_interval[split] = dict(zip(model.labels, ends, strict=True))

    def _decisions(self) -> dict[str, Any]:
        of_labels = {"f1_interval": self.f1_interval} if self.f1_interval else {}
        calibration = {} if self.fitted is None else {"calibration": self.fitted.report()}
        slices = {"slices": [dataclasses.asdict(each) | {"verdict": each.verdict} for each in self.slices]}
        unlabelled = {"unlabelled": self.self_taught} if self.self_taught else {}
        few_shot = {"few_shot": self.data.few_shot.report() | unlabelled} if self.data.few_shot.why else {}
        decisions = of_labels | calibration | few_shot | self.taught | (slices if self.slices else {})
        return decisions | ({} if self.curve is None else {"learning_curve": self.curve.report()})

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those of the labels with the lowest F1 on the development split."""
        self.show_headlines(evaluation.METRICS[self.data.model.task], reporting.score)
        if self.self_taught:
            console.print(comparison_said(self.self_taught))
        if self.curve is not None:
            console.print(self.curve.table())
        if self.taught:
            table = figures_table(*reporting.TEACHER_HEADS)
            for row in reporting.teacher_rows(self.taught):
                table.add_row(*row)
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
            *self._audits(),
            f"bert-keras predict --model {shlex.quote(str(version.parent))} --input FILE",
            f"bert-keras compare {shlex.quote(str(self.folder.path))} ANOTHER_RUN",
        )

    def _audits(self, shown: Callable[[str], str] = str) -> list[str]:
        """Returns the command that looks for wrong labels in the data, with paths as `shown` returns them."""
        config = self.data.config
        if config.task != "single_label":
            return []
        train = [config.train] if isinstance(config.train, str) else config.train
        label = config.label_column if isinstance(config.label_column, str) else None
        named = {"--text_column": config.text_column, "--pair_column": config.pair_column, "--label_column": label}
        columns = [part for flag, name in named.items() if name is not None for part in (flag, name)]
        return [shlex.join(["bert-keras", "audit", "--train", *map(shown, train), *columns])]

    def _described(self) -> dict[str, Any]:
        return {"task": self.data.model.task, "labels": list(self.data.model.labels)}

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        folder = self.folder
        if self.kept is not None:
            reporting.write_kept_slices(folder.path, self.kept)
        evaluated = {
            split: self._evaluated(split, rows) for split, rows in self.data.encoded.items() if split in self.outputs
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
            self._audits(reporting.portable),
            self._words(),
            self._near(),
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

    def _words(self) -> Callable[[Sequence[reporting.RowText]], Sequence[Sequence[reporting.Words] | None]] | None:
        """Returns what colours words, unless nothing of the model is to be looked at."""
        model = self.model
        return self._kept_words if self.data.config.probes and model is not None and model.labels else None

    def _near(self) -> Callable[[Sequence[reporting.RowText]], reporting.NearRows] | None:
        """Returns what finds near training rows, unless nothing of the model is to be looked at."""
        model = self.model
        if not self.data.config.probes or model is None or not model.labels:
            return None
        return partial(near_training_rows, model, self.data)

    def _kept_words(self, rows: Sequence[reporting.RowText]) -> Sequence[Sequence[reporting.Words] | None]:
        """Returns the coloured words of rows, which the run keeps for `compare`."""
        assert self.model is not None
        words = coloured_words(self.model, rows)
        reporting.write_kept_words(self.folder.path, rows, words)
        return words

    def _evaluated(self, split: str, rows: Encoded) -> reporting.Evaluated:
        outputs, chosen = self.judged(split)
        return reporting.Evaluated(rows.targets, outputs, rows.lengths, partial(self.data.texts, split), chosen)

    def _predictions(self) -> Iterator[dict[str, Any]]:
        model = self.data.model
        for split, outputs in self.outputs.items():
            answers = told_answers(
                outputs, self.data.encoded[split].targets, model.task, model.labels, self.chosen[split]
            )
            for place, (row, answer) in enumerate(zip(self.data.sources[split], answers, strict=True)):
                yield {
                    "split": split,
                    "file": row.file,
                    "line": row.line,
                    "text": row.text,
                    **({} if row.pair is None else {"pair": row.pair}),
                    "gold": row.target,
                    **answer,
                    **self._held_out(split, place),
                }

    def _held_out(self, split: str, place: int) -> dict[str, list[str]]:
        """Returns the labels of a row by thresholds that were not fitted on it, where the model's were."""
        if split != "dev" or self.fitted is None or self.fitted.calibration is None or self.fitted.chosen is None:
            return {}
        return {HELD_OUT_LABELS: list(itertools.compress(self.data.model.labels, self.fitted.chosen[place]))}
