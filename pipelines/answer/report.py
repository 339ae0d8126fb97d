"""The results of a reader's training: tables on the screen, and all files of the run folder except the model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from bert_keras import reporting, training
from bert_keras.models import SpanExtractor
from bert_keras.reporting import Curve

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults
from ..training.run_folder import RunFolder
from .data import AnswerData

_MEGABYTE = 1e6


class AnswerResults(TrainingResults):
    """The answers and metrics of a reader's training; see `TrainingResults`.

    Attributes:
        answered: The questions of each evaluated split with their predicted answers.
    """

    data: AnswerData
    outputs: dict[str, training.FoundSpans]

    def __init__(self, data: AnswerData, folder: RunFolder, recipe: training.Recipe) -> None:
        super().__init__(data, folder, recipe)
        self.answered: dict[str, list[reporting.AnsweredQuestion]] = {}

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Returns the callback that logs answers on the development split to TensorBoard."""
        folder, data = self.folder.tensorboard, self.data
        return [training.TensorBoardQuestions(folder, data.dev, lambda: self.outputs["dev"], data.may_decline)]

    def evaluate(self, model: SpanExtractor) -> None:
        """Computes answers and metrics of the model to export on the development and test split.

        If the options name no null threshold, the one that scores best on the development split is set and saved first.
        """
        for split, windowed in self.data.windowed.items():
            if split != "train":
                with counted_rows(console, f"evaluating {split}", len(windowed.rows)) as advance:
                    self.outputs[split] = training.predict_spans(model, windowed, on_rows=advance)
        if self.data.tunes_threshold:
            model.null_threshold = training.span_scores(self.data.dev, self.outputs["dev"])["null_threshold"]
            # The trained model is saved rather than `model`, in which adapters are merged: only the adapters are kept.
            self.data.model.null_threshold = model.null_threshold
            self.folder.write_model(self.data.model)
        for split, found in self.outputs.items():
            windowed = self.data.windowed[split]
            self.scores[split] = training.answer_metrics(windowed, found, model.null_threshold)
            self.answered[split] = training.answered_questions(windowed, found, model.null_threshold)

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those for each question word on the development split."""
        table = figures_table("", "best span F1", "best span exact", "F1", "exact match", "null threshold")
        for split, of in self.scores.items():
            exact = of["exact_match"] if "exact_match" in of else of["exact"]
            threshold = f"{of['null_threshold']:.2f}" if "null_threshold" in of else "-"
            figures = of["best_span_f1"], of["best_span_exact"], of["f1"], exact
            table.add_row(split, *(f"{figure:.2f}" for figure in figures), threshold)
        console.print(table)
        words = figures_table("dev question word", "exact match", "F1", "questions")
        for row in sorted(self.scores["dev"]["by_question_word"], key=lambda row: row["f1"]):
            words.add_row(row["name"], f"{row['exact']:.2f}", f"{row['f1']:.2f}", f"{row['questions']:,}")
        console.print(words)

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        predict = f"bert-keras predict --model {version.parent}"
        return f'{predict} --question "…" --context FILE', f"{predict} --input FILE.json"

    def _described(self) -> dict[str, Any]:
        return {"task": "spans", "adapter": self._adapter()}

    def _adapter(self) -> dict[str, Any] | None:
        config = self.data.config
        if config.adapt == "none":
            return None
        size = sum(file.stat().st_size for file in (self.folder.path / "model").iterdir())
        return {"rank": config.rank, "base": config.model, "megabytes": round(size / _MEGABYTE, 2)}

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
        )
        if record.may_decline:
            figure = reporting.threshold_figure(reporting.threshold_curves(dev), record.metrics["null_threshold"])
            reporting.write_png(figure, path / "threshold.png")
        reporting.write_answer_page(record, dev, path / "report.html")
        reporting.write_answer_errors_page(dev, path / "errors.html", f"{record.name}: errors on dev")
        folder.write("README.md", reporting.answer_model_card(record))

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
