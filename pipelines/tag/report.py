"""The results of a token classifier's training: tables on the screen, and all files of the run folder but the model."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.text import Text

from bert_keras import evaluation, reporting, training
from bert_keras.data import WindowedTexts
from bert_keras.models import Entity, TokenClassifier
from bert_keras.models.tag_stream import TaggedTokens, entities_in
from bert_keras.reporting import Curve
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.results import TrainingResults, serve_command
from ..training.run_folder import RunFolder
from . import words_alone
from .data import TagData

_MOST_MISTAKES = 8


class TagResults(TrainingResults):
    """The entities and metrics of a token classifier's training; see `TrainingResults`.

    Attributes:
        found: The entities that are found in each text of each evaluated split.
        texts: The texts of each evaluated split with their entities and those that are found.
    """

    data: TagData
    outputs: dict[str, training.FoundTags]

    def __init__(self, data: TagData, folder: RunFolder, recipe: training.Recipe) -> None:
        super().__init__(data, folder, recipe)
        self.found: dict[str, list[tuple[Entity, ...]]] = {}
        self.texts: dict[str, list[reporting.TaggedText]] = {}

    def callback(self) -> keras.callbacks.Callback:
        """Returns the callback that logs mistakes on the development split to TensorBoard."""
        return training.TensorBoardTags(self.folder.dev_events, self.data.dev, lambda: self.outputs["dev"])

    def evaluate(self, model: TokenClassifier) -> None:
        """Computes the entities and metrics of the model to export, with their intervals and baselines."""
        for split, windowed in self.data.windowed.items():
            if split == "train":
                continue
            with counted_rows(console, f"evaluating {split}", len(windowed.rows)) as advance:
                outputs = self.outputs[split] = training.predict_tags(model, windowed, on_rows=advance)
            self.scores[split] = training.tag_scores(windowed, outputs)
            self.found[split] = _entities(windowed, outputs)
            self.texts[split] = training.tagged_texts(windowed, outputs)
            of = words_alone.words_alone(self.data.windowed["train"], windowed)
            intervals = words_alone.intervals(windowed.gold, outputs.entities(windowed))
            self.compared(split, of, intervals, words_alone.HEADING)

    def show_scores(self) -> None:
        """Prints the metrics of each split, those of each type and the most frequent mistakes on dev."""
        self.show_headlines(evaluation.METRICS["tags"], reporting.score)
        table = figures_table("dev type", "F1", "precision", "recall", "entities", "found")
        for row in sorted(self.scores["dev"]["by_type"], key=lambda row: row["f1"]):
            numbers = (reporting.score(row[name]) for name in ("f1", "precision", "recall"))
            table.add_row(Text(row["name"]), *numbers, f"{row['entities']:,}", f"{row['predicted']:,}")
        console.print(table)
        mistakes = reporting.frequent_mistakes(self.texts["dev"], _MOST_MISTAKES)
        if mistakes:
            table = figures_table("dev mistake", "entity", "found", "times")
            for mistake, count, _ in mistakes:
                sides = ((mistake.gold, mistake.label), (mistake.found, mistake.found_label))
                table.add_row(mistake.kind, *(Text(_side(*side)) for side in sides), f"{count:,}")
            console.print(table)

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        return f"bert-keras predict --model {shlex.quote(str(version.parent))} --input FILE", serve_command(version)

    def _described(self) -> dict[str, Any]:
        model = self.data.model
        return {"task": "tags", "labels": list(model.labels), "tags": list(model.tags)}

    def _predictions(self) -> Iterator[Mapping[str, Any]]:
        for split, texts in self.texts.items():
            for text, found in zip(texts, self.found[split], strict=True):
                yield {
                    "split": split,
                    "place": text.place,
                    "text": text.text,
                    "entities": [_as_json(text.text, of.start, of.end, of.label) | {"score": of.score} for of in found],
                    "gold": [_as_json(text.text, of.start, of.end, of.label) for of in text.gold],
                }

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        path, windowed = self.folder.path, self.data.windowed
        record = reporting.TagRunRecord(
            str(self.data.config.name),
            report,
            curves["train"],
            curves["dev"],
            {split: of.rows.lengths for split, of in windowed.items()},
            _confusion(windowed["dev"], self.outputs["dev"]),
            str(path),
            served,
        )
        with going_on("the page report.html"):
            reporting.write_tag_page(record, self.texts["dev"], path / "report.html")
        with going_on("the model card README.md"):
            self.folder.write("README.md", reporting.tag_model_card(record))


def _entities(windowed: WindowedTexts, outputs: training.FoundTags) -> list[tuple[Entity, ...]]:
    texts, words = [text.text for text in windowed.source.texts], windowed.words
    tagged = TaggedTokens(outputs.tags, outputs.scores)
    return list(entities_in(texts, tagged, words.texts, words.starts, words.ends, windowed.scheme))


def _confusion(windowed: WindowedTexts, outputs: training.FoundTags) -> evaluation.Confusion:
    """Counts the words by true and predicted type; those outside of entities are of the last type."""
    types = np.append(windowed.scheme.type_of, -1)  # a word without a tag is outside too
    none = len(windowed.scheme.types)
    true, found = (np.where(types[tags] < 0, none, types[tags]) for tags in (windowed.tags, outputs.tags))
    return evaluation.Confusion.of(true, found, none + 1)


def _as_json(text: str, start: int, end: int, label: str) -> dict[str, Any]:
    return {"text": text[start:end], "label": label, "start": start, "end": end}


def _side(text: str, label: str) -> str:
    return f"{text} [{label}]" if label else "-"
