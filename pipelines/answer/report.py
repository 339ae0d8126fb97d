"""The results of a reader's training: tables on the screen, and all files of the run folder except the model."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras

from bert_keras import reporting, training
from bert_keras.models import SpanExtractor
from bert_keras.reporting import Curve
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults
from ..training.run_folder import RunFolder
from .coloured import coloured_questions
from .constant_answer import constant_answer
from .data import AnswerData

_CONFIDENCE_PICTURE = "confidence.png"
_SHOWN = ("f1", "exact", "exact_match", "best_span_f1", "best_span_exact")


class AnswerResults(TrainingResults):
    """The answers and metrics of a reader's training; see `TrainingResults`.

    Attributes:
        model: The model to export, which was evaluated; `None` before.
        answered: The questions of each evaluated split with their predicted answers.
        fitted: The calibration of the scores; `None` if they were not calibrated.
    """

    data: AnswerData
    outputs: dict[str, training.FoundSpans]

    def __init__(self, data: AnswerData, folder: RunFolder, recipe: training.Recipe) -> None:
        super().__init__(data, folder, recipe)
        self.model: SpanExtractor | None = None
        self.fitted: training.SpanCalibration | None = None
        self.answered: dict[str, list[reporting.AnsweredQuestion]] = {}

    def callback(self) -> keras.callbacks.Callback:
        """Returns the callback that logs answers on the development split to TensorBoard."""
        events, data = self.folder.dev_events, self.data
        return training.TensorBoardQuestions(events, data.dev, lambda: self.outputs["dev"], data.may_decline)

    def evaluate(self, model: SpanExtractor) -> None:
        """Computes answers and metrics of the model to export, with their intervals and baselines.

        Unless the options say otherwise, a temperature and the null threshold that scores best are fitted on the
        development split and saved first.
        """
        self.model = model
        self._predict(model, "dev")
        if self.data.tunes_threshold:
            model.null_threshold = training.span_scores(self.data.dev, self.outputs["dev"])["null_threshold"]
            # The trained model is saved rather than `model`, in which adapters are merged: only the adapters are kept.
            self.data.model.null_threshold = model.null_threshold
        if self.data.tunes_threshold or self.fitted:
            self.folder.write_model(self.data.model)
        if "test" in self.data.windowed:
            self._predict(model, "test")
        for split, found in self.outputs.items():
            windowed = self.data.windowed[split]
            self.scores[split] = training.answer_metrics(windowed, found, model.null_threshold)
            self.answered[split] = training.answered_questions(windowed, found, model.null_threshold)
            self.compared(split, *constant_answer(self.answered[split], self.scores[split]))

    def _predict(self, model: SpanExtractor, split: str) -> None:
        """Runs the model on a split; on dev its scores are calibrated first."""
        windowed = self.data.windowed[split]
        calibrates = split == "dev" and self.data.config.calibrate == "auto"
        kept = training.SpanLogits.empty(windowed.rows.lengths) if calibrates else None
        with counted_rows(console, f"evaluating {split}", len(windowed.rows)) as advance:
            self.outputs[split] = training.predict_spans(model, windowed, on_rows=advance, kept=kept)
        if kept is None:
            return
        with console.status("calibrating"):
            self.fitted = training.fit_span_temperature(model, windowed, kept)
            if self.fitted is not None:
                for calibrated in (model, self.data.model):
                    calibrated.divide_logits(self.fitted.temperature)
                self.outputs[split] = training.decode_spans(windowed, kept, model.settings, self.fitted.temperature)

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those for each question word on the development split."""
        self.show_headlines(_SHOWN, reporting.percent)
        for split, of in self.scores.items():
            if "null_threshold" in of:
                console.print(f"{split}: answered where the null odds are at most {of['null_threshold']:.2f}")
        if self.fitted is not None:
            before, after = (f"{of['ece']:.3f}" for of in (self.fitted.before, self.fitted.after))
            console.print(
                f"scores: divided by a temperature of {self.fitted.temperature:.2f}, fitted on dev; their calibration "
                f"error there {after}, {before} before"
            )
        words = figures_table("dev question word", "exact match", "F1", "questions")
        for row in sorted(self.scores["dev"]["by_question_word"], key=lambda row: row["f1"]):
            words.add_row(row["name"], f"{row['exact']:.2f}", f"{row['f1']:.2f}", f"{row['questions']:,}")
        console.print(words)

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        predict = f"bert-keras predict --model {shlex.quote(str(version.parent))}"
        return f'{predict} --question "…" --context FILE', f"{predict} --input FILE.json"

    def _decisions(self) -> dict[str, Any]:
        return {} if self.fitted is None else {"calibration": self.fitted.report()}

    def _described(self) -> dict[str, Any]:
        return {"task": "spans"}

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        folder, path, dev = self.folder, self.folder.path, self.answered["dev"]
        left_out = list(self.data.left_out())
        if left_out:
            folder.write_lines("left_out.jsonl", left_out)
        self._write_as_squad()
        record = reporting.AnswerRunRecord(
            str(self.data.config.name),
            report,
            curves["train"],
            curves["dev"],
            self.data.train.lengths,
            self.data.dev.rows.lengths,
            str(path),
            served,
            self._words(),
        )
        if record.may_decline:
            with going_on("the picture threshold.png"):
                figure = reporting.threshold_figure(reporting.threshold_curves(dev), record.metrics["null_threshold"])
                reporting.write_png(figure, path / "threshold.png")
        with going_on(f"the picture {_CONFIDENCE_PICTURE}"):
            figure = reporting.confidence_figure(reporting.confidence_curve(dev))
            reporting.write_png(figure, path / _CONFIDENCE_PICTURE)
        drawn = _CONFIDENCE_PICTURE if (path / _CONFIDENCE_PICTURE).exists() else None
        with going_on("the page report.html"):
            reporting.write_answer_page(record, dev, path / "report.html")
        with going_on("the page errors.html"):
            reporting.write_answer_errors_page(dev, path / "errors.html", f"{record.name}: errors on dev")
        with going_on("the model card README.md"):
            folder.write("README.md", reporting.answer_model_card(record, confidence_picture=drawn))

    def _words(self) -> Callable[[Sequence[reporting.AnsweredQuestion]], Sequence[reporting.Words]] | None:
        """Returns what colours the words of questions, unless nothing of the model is to be looked at."""
        return partial(coloured_questions, self.model) if self.data.config.probes and self.model is not None else None

    def _write_as_squad(self) -> None:
        """Writes answers and null odds in the format of SQuAD's evaluation scripts."""
        for split, answered in self.answered.items():
            before = "" if split == "dev" else f"{split}-"
            self.folder.write_json(
                f"{before}predictions-squad.json", {question.id: _answer(question).text for question in answered}
            )
            self.folder.write_json(
                f"{before}null-odds-squad.json", {question.id: question.null_odds for question in answered}
            )

    def _predictions(self) -> Iterator[dict[str, Any]]:
        for split, answered in self.answered.items():
            for question in answered:
                answer = _answer(question)
                yield {
                    "split": split,
                    "id": question.id,
                    "question": question.question,
                    "article": question.article,
                    "place": question.place,
                    "answer": answer.text,
                    "start": answer.start,
                    "end": answer.end,
                    "score": question.confidence,
                    "null_odds": question.null_odds,
                    "n_best": [
                        {"text": of.text, "start": of.start, "end": of.end, "score": score}
                        for of, score in question.n_best
                    ],
                    "gold": [span.text for span in question.gold],
                    "exact": question.exact,
                    "f1": question.f1,
                }


def _answer(question: reporting.AnsweredQuestion) -> reporting.Span:
    """Returns the predicted answer, or an empty span at 0 if no answer was given."""
    return question.best if question.answered and question.best else reporting.Span("", 0, 0)
