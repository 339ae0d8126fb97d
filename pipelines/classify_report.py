"""What a training of a classifier shows and leaves: tables on the screen, report, predictions and picture in the run's folder."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras.data import Encoded, Examples
from bert_keras.models import TextClassifier
from bert_keras.training import Outcome, classification_scores, draw_confusion, predict_probabilities
from pipelines.program import console
from pipelines.progress import progress
from pipelines.run_folder import RunFolder, environment

if TYPE_CHECKING:
    from pipelines.classify import ClassifyConfig

_MOST_CLASSES_SHOWN = 20
_HEADLINES = ("accuracy", "macro_f1", "matthews_correlation", "loss")


@dataclasses.dataclass
class Results:
    """A training's data and, after `evaluate`, its scores and predictions, by split."""

    config: "ClassifyConfig"
    classifier: TextClassifier
    examples: dict[str, Examples]
    encoded: dict[str, Encoded]
    probabilities: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    def show_data(self) -> None:
        """Prints what was read, and what of it is cut or left out."""
        labels = self.classifier.labels
        parameters = f"{self.classifier.count_params():,} parameters"
        console.print(f"{self.config.model}: {parameters}, {len(labels)} labels, {self.config.precision}")
        table = _table("split", "rows", "left out", "median tokens", f"cut to {self.classifier.preprocessor.max_length}")
        for split, rows in self.examples.items():
            lengths = self.encoded[split].lengths
            left_out = ", ".join(f"{count:,} {reason}" for reason, count in rows.left_out.items()) or "-"
            table.add_row(split, f"{len(rows):,}", left_out, f"{np.median(lengths):.0f}", f"{self._cut(split):,}")
        console.print(table)

    def evaluate(self, classifier: TextClassifier) -> None:
        """Predicts dev and test with the model that is served, and scores them."""
        self.classifier = classifier
        for split, data in self.encoded.items():
            if split != "train":
                with progress(console) as bar:
                    task = bar.add_task(f"evaluating {split}", total=len(data), note="")
                    advance = functools.partial(bar.advance, task)
                    self.probabilities[split] = predict_probabilities(classifier, data, on_rows=advance)
                self.scores[split] = classification_scores(data.labels, self.probabilities[split], classifier.labels)

    def show_scores(self) -> None:
        """Prints the scores, and the worst classes one by one."""
        table = _table("", *(name.replace("_", " ") for name in _HEADLINES))
        for split, scores in self.scores.items():
            table.add_row(split, *(f"{scores[name]:.4f}" for name in _HEADLINES))
        console.print(table)
        classes = sorted(self.scores["dev"]["classes"].items(), key=lambda entry: entry[1]["f1"])
        shown = classes[:_MOST_CLASSES_SHOWN]
        title = f"{len(shown)} of {len(classes)} labels, lowest F1 first" if len(shown) < len(classes) else None
        table = _table("dev label", "precision", "recall", "F1", "rows", title=title)
        for name, figures in shown:
            numbers = (f"{figures[key]:.4f}" for key in ("precision", "recall", "f1"))
            table.add_row(Text(name), *numbers, f"{figures['rows']:,}")
        console.print(table)

    def write(self, folder: RunFolder, outcome: Outcome) -> None:
        """Writes predictions, picture and, last, the report."""
        folder.write_predictions(self._predictions())
        draw_confusion(self.scores["dev"]["confusion"], self.classifier.labels, folder.path / "confusion_matrix.png")
        folder.write_report(self._report(outcome))

    def _report(self, outcome: Outcome) -> dict[str, Any]:
        classifier = self.classifier
        training = dataclasses.asdict(outcome) | {"epochs": self.config.epochs}
        return {
            "metrics": self.scores["dev"],
            **({"test_metrics": self.scores["test"]} if "test" in self.scores else {}),
            "training": training,
            "data": {
                split: {
                    "file": str(rows.path),
                    "rows_read": rows.rows_read,
                    "rows_left_out": rows.left_out,
                    "rows_cut": self._cut(split),
                }
                for split, rows in self.examples.items()
            },
            "model": {
                "preset": self.config.model,
                "labels": list(classifier.labels),
                "parameters": classifier.count_params(),
                "trainable_parameters": sum(int(np.prod(weight.shape)) for weight in classifier.trainable_weights),
            },
            "environment": environment(self.config.precision),
            "seed": self.config.seed,
        }

    def _predictions(self) -> Iterator[dict[str, Any]]:
        labels = self.classifier.labels
        for split, values in self.probabilities.items():
            rows = self.examples[split]
            for place, row in enumerate(values):
                best = int(row.argmax())
                yield {
                    "split": split,
                    "line": rows.lines[place],
                    "text": rows.texts[place],
                    **({"pair": rows.pairs[place]} if rows.pairs else {}),
                    "gold": labels[self.encoded[split].labels[place]],
                    "label": labels[best],
                    "probability": round(float(row[best]), 6),
                    "probabilities": {name: round(float(p), 6) for name, p in zip(labels, row, strict=True)},
                }

    def _cut(self, split: str) -> int:
        """Rows that are as long as a row may be. Some may have been so by nature; most were longer."""
        return int((self.encoded[split].lengths >= self.classifier.preprocessor.max_length).sum())


def _table(first: str, *others: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
