"""Logs a classifier's development predictions to TensorBoard: confusion, calibration, precision-recall, examples."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bert_keras import reporting
from bert_keras.data.spread import spread
from bert_keras.event_files.writer import EventWriter
from bert_keras.reporting import Answer, Evaluated, RowText
from bert_keras.runtime.going_on import going_on
from bert_keras.training.tensorboard_scalars import optimizer_step

_EXAMPLES = 24
_CURVES = 20
_LONGEST_TEXT = 1_000


class TensorBoardPredictions(keras.callbacks.Callback):
    """Writes figures, precision-recall curves and examples with their predictions after each epoch.

    A figure that cannot be drawn is left out with a warning.

    The examples are the rows with the highest losses, and a fixed selection of rows. The curves are those of the 20
    most frequent labels.

    Args:
        events: The writer of the events; a folder means its subfolder `dev/`. TensorBoard follows one growing file a
            folder, so a folder that something else is written to needs one writer for both.
        task: The task: `single_label`, `multi_label` or `regression`.
        labels: The names of the labels.
        targets: The targets of the development split, as `evaluation.scores` takes them.
        predict: A function that returns the outputs for these rows, with the current weights of the model.
        texts: A function from indices to the texts of these rows, in order.
    """

    def __init__(
        self,
        events: str | Path | EventWriter,
        task: str,
        labels: Sequence[str],
        targets: np.ndarray,
        predict: Callable[[], np.ndarray],
        texts: Callable[[Sequence[int]], Sequence[RowText]],
    ) -> None:
        super().__init__()
        self._writer = events if isinstance(events, EventWriter) else EventWriter(Path(events, "dev"))
        self._task, self._labels, self._targets, self._predict, self._texts = task, labels, targets, predict, texts

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Runs the model on the development split, and writes its predictions."""
        step, outputs = optimizer_step(self.model), self._predict()
        self._pictures(step, outputs)
        if self._task != "regression":
            self._curves(step, outputs)
        self._examples(step, outputs)

    def _pictures(self, step: int, outputs: np.ndarray) -> None:
        for tag, draw in reporting.output_figures(self._task, self._labels, self._targets, outputs).items():
            with going_on(f"the picture {tag!r} in TensorBoard"):
                self._writer.image(step, tag, reporting.png(draw(), dpi=100))

    def _curves(self, step: int, outputs: np.ndarray) -> None:
        targets, labels = np.asarray(self._targets), self._labels
        single = targets.ndim == 1
        counts = np.bincount(targets, minlength=len(labels)) if single else (targets > 0).sum(axis=0)
        for label in np.argsort(-counts, kind="stable")[:_CURVES]:
            if counts[label]:
                true = targets == label if single else targets[:, label] > 0
                name = " ".join(labels[label].split())
                self._writer.precision_recall(step, f"precision_recall/{name}", true, outputs[:, label])

    def _examples(self, step: int, outputs: np.ndarray) -> None:
        evaluated = Evaluated(self._targets, outputs, np.zeros(len(outputs), np.int32), self._texts)
        hardest = reporting.hardest_examples(self._task, self._labels, evaluated, _EXAMPLES)
        same = spread(len(outputs), _EXAMPLES)
        self._writer.table(step, "hardest_examples", _table(hardest))
        self._writer.table(step, "examples", _table(reporting.examples(self._task, self._labels, evaluated, same)))


def _table(examples: Sequence[reporting.Example]) -> list[list[str]]:
    """Returns table rows of equal length, the header first."""
    rows = [["text", "true", "predicted", "loss"]]
    for example in examples:
        text = example.row.text if example.row.pair is None else f"{example.row.text} | {example.row.pair}"
        short = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
        rows.append([short, _named(example.true), _named(example.predicted), f"{example.loss:.4f}"])
    return rows


def _named(answers: Sequence[Answer]) -> str:
    parts = [
        answer.name if answer.probability is None else f"{answer.name} {answer.probability:.3f}" for answer in answers
    ]
    return ", ".join(parts) or "none"
