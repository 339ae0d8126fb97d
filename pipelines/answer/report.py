"""What a reader's training shows and leaves: tables on the screen, and all files of the run's folder but the model."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from bert_keras import reporting, training
from bert_keras.models import SpanExtractor

from ..console.consoles import console
from ..console.progress import progress
from ..console.tables import figures_table
from ..training.config import recipe_values
from ..training.run import run_report
from ..training.run_folder import RunFolder
from .data import AnswerData

_MEGABYTE = 1e6


class AnswerResults:
    """A training's answers and scores.

    Args:
        data: What was trained on.
        folder: Where the files go.
        recipe: How it was trained.
    """

    def __init__(self, data: AnswerData, folder: RunFolder, recipe: training.Recipe) -> None:
        self.data, self.folder, self.recipe = data, folder, recipe
        self.found: dict[str, training.FoundSpans] = {}
        self.scores: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, list[reporting.AnsweredQuestion]] = {}

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """What is written while the training runs, beside scalars."""
        folder, data = self.folder.tensorboard, self.data
        return [training.TensorBoardQuestions(folder, data.dev, lambda: self.found["dev"], data.may_decline)]

    def take_dev(self, outputs: training.FoundSpans) -> None:
        """Takes what the model says about dev after an epoch."""
        self.found["dev"] = outputs

    def evaluate(self, model: SpanExtractor) -> None:
        """Answers dev and test with the model that is served, lets dev choose the null threshold, and scores the answers."""
        for split, windowed in self.data.windowed.items():
            if split != "train":
                with progress(console) as bar:
                    task = bar.add_task(f"evaluating {split}", total=len(windowed.rows), note="")
                    self.found[split] = training.predict_spans(
                        model, windowed, on_rows=functools.partial(bar.advance, task)
                    )
        if self.data.tunes_threshold:
            model.null_threshold = training.span_scores(self.data.dev, self.found["dev"])["null_threshold"]
            # The model as it was trained: of one with adapters they alone are kept.
            self.data.extractor.null_threshold = model.null_threshold
            self.folder.write_model(self.data.extractor)
        for split, found in self.found.items():
            windowed = self.data.windowed[split]
            self.scores[split] = training.answer_metrics(windowed, found, model.null_threshold)
            self.answered[split] = training.answered_questions(windowed, found, model.null_threshold)

    def show_scores(self) -> None:
        """Prints the scores, and those by question word."""
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
        """What people may type next."""
        predict = f"bert-keras predict --model {version.parent}"
        return f'{predict} --question "…" --context FILE', f"{predict} --input FILE.json"

    def write(self, outcome: training.Outcome, version: Path) -> None:
        """Writes answers, picture, TensorBoard's HParams, pages, model card and, last, the report."""
        folder, path = self.folder, self.folder.path
        folder.write_lines("predictions.jsonl", self._predictions())
        left_out = list(self.data.left_out())
        if left_out:
            folder.write_lines("left_out.jsonl", left_out)
        self._write_as_squad()
        training.write_hparams(folder.tensorboard, recipe_values(self.data.config), self.scores, "spans", outcome.steps)
        record, dev = self._record(outcome, version), self.answered["dev"]
        if record.may_decline:
            curves = reporting.threshold_curves(dev)
            reporting.write_png(
                reporting.threshold_figure(curves, record.metrics["null_threshold"]), path / "threshold.png"
            )
        reporting.write_answer_page(record, dev, path / "report.html")
        reporting.write_answer_errors_page(dev, path / "errors.html", f"{record.name}: errors on dev")
        folder.write("README.md", reporting.answer_model_card(record))
        folder.finish(record.report)

    def _write_as_squad(self) -> None:
        """Writes answers and null odds as SQuAD's own scripts read them."""
        for split, answered in self.answered.items():
            before = "" if split == "dev" else f"{split}-"
            self.folder.write_json(
                f"{before}predictions-squad.json", {question.id: _answer(question).text for question in answered}
            )
            self.folder.write_json(
                f"{before}null-odds-squad.json", {question.id: question.null_odds for question in answered}
            )

    def _record(self, outcome: training.Outcome, version: Path) -> reporting.AnswerRunRecord:
        curves = {split: training.read_scalars(self.folder.tensorboard / split) for split in ("train", "dev")}
        return reporting.AnswerRunRecord(
            str(self.data.config.name),
            run_report(self.data, self.recipe, outcome, self.scores, {"task": "spans", "adapter": self._adapter()}),
            curves["train"],
            curves["dev"],
            self.data.train.lengths,
            self.data.dev.rows.lengths,
            str(self.folder.path),
            str(version.parent),
        )

    def _adapter(self) -> dict[str, Any] | None:
        config = self.data.config
        if config.adapt == "none":
            return None
        size = sum(file.stat().st_size for file in (self.folder.path / "model").iterdir())
        return {"rank": config.rank, "base": config.model, "megabytes": round(size / _MEGABYTE, 2)}

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
    """What was answered; nothing at 0 where nothing was."""
    return question.best if question.answered and question.best else reporting.Span("", 0, 0)
