"""Logs a span extractor's development answers to TensorBoard: the hardest questions, and F1 by null threshold."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bert_keras import reporting
from bert_keras.data import WindowedQuestions
from bert_keras.data.spread import spread
from bert_keras.evaluation import hardest_rows
from bert_keras.event_files.writer import EventWriter
from bert_keras.reporting import AnsweredQuestion
from bert_keras.runtime.going_on import going_on
from bert_keras.training.answered_questions import answered_questions
from bert_keras.training.predict_spans import FoundSpans, span_scores
from bert_keras.training.tensorboard_scalars import optimizer_step

_EXAMPLES = 24
_LONGEST_TEXT = 300


class TensorBoardQuestions(keras.callbacks.Callback):
    """Writes the hardest questions, a fixed selection of questions, and F1 by null threshold after each epoch.

    Args:
        events: The writer of the events; a folder means its subfolder `dev/`. TensorBoard follows one growing file a
            folder, so a folder that something else is written to needs one writer for both.
        windowed: The questions of the development split.
        found: A function that returns the spans for these questions, with the current weights of the model.
        may_decline: Whether "no answer" is a possible answer.
    """

    def __init__(
        self,
        events: str | Path | EventWriter,
        windowed: WindowedQuestions,
        found: Callable[[], FoundSpans],
        may_decline: bool,
    ) -> None:
        super().__init__()
        self._writer = events if isinstance(events, EventWriter) else EventWriter(Path(events, "dev"))
        self._windowed, self._found, self._may_decline = windowed, found, may_decline

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Runs the model on the development split, and writes its answers."""
        step, found = optimizer_step(self.model), self._found()
        threshold = span_scores(self._windowed, found)["null_threshold"] if self._may_decline else None
        questions = answered_questions(self._windowed, found, threshold)
        if threshold is not None:
            with going_on("the picture 'null_threshold' in TensorBoard"):
                figure = reporting.threshold_figure(reporting.threshold_curves(questions), threshold)
                self._writer.image(step, "null_threshold", reporting.png(figure, dpi=100))
        hardest = hardest_rows(np.array([question.loss for question in questions]), _EXAMPLES)
        same = spread(len(questions), _EXAMPLES)
        for tag, places in (("hardest_questions", hardest), ("questions", same)):
            self._writer.table(step, tag, _table([questions[place] for place in places]))


def _table(questions: Sequence[AnsweredQuestion]) -> list[list[str]]:
    """Returns table rows of equal length, the header first."""
    rows = [["question", "true", "answer", "probability", "F1", "loss"]]
    for question in questions:
        gold = ", ".join(dict.fromkeys(span.text for span in question.gold)) or "none"
        answer = question.best.text if question.answered and question.best else "none"
        numbers = f"{question.confidence:.3f}", f"{question.f1:.3f}", f"{question.loss:.4f}"
        rows.append([*map(_short, (question.question, gold, answer)), *numbers])
    return rows


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
