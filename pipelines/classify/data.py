"""What a classifier's training is made of: rows, tokenized, and the model to start from; and what people are told of them."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.table import Table

from bert_keras import data, training
from bert_keras.files import where
from bert_keras.models import TextClassifier, TextClassifierPreprocessor
from bert_keras.reporting import RowText

from ..console.consoles import console
from ..console.progress import progress
from ..training.probes import DevRow, spread
from .config import ClassifyConfig
from .preview import examples_table, labels_table

_USUAL_MAX_LENGTH = 256
_DEFAULT_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


class ClassifyData:
    """Rows of all splits, and a classifier that has not learned from them.

    Args:
        config: What was asked for.

    Attributes:
        config: As given.
        sources: The rows of each split, to be read again.
        encoded: The same rows as token ids.
        overlaps: Rows that are there more than once, by split.
        precision: Of the training.
        classifier: The starting point.
    """

    rows_are = "rows"

    def __init__(self, config: ClassifyConfig) -> None:
        self.config = config
        columns = data.Columns(
            config.text_column, config.pair_column, _tuple_of(config.label_column), config.label_separator
        )
        files = {split: path for split in _DEFAULT_SPLITS if (path := getattr(config, split)) is not None}
        self.sources = {
            split: data.Source(path, columns, config.task, _DEFAULT_SPLITS[split]) for split, path in files.items()
        }
        preprocessor = TextClassifierPreprocessor.from_preset(config.model, max_length=config.max_length)
        if config.max_length is None:
            preprocessor.max_length = min(_USUAL_MAX_LENGTH, preprocessor.max_length)
        encoded = {split: self._encoded(split, preprocessor) for split in self.sources}
        labels = encoded["train"].label_names()
        self.encoded = {split: rows.with_labels(labels) for split, rows in encoded.items()}
        self.overlaps = data.find_overlaps(self.encoded)
        self.precision = training.choose_precision(config.precision)
        self.classifier = self._starting_point(labels, preprocessor.max_length)

    def _encoded(self, split: str, preprocessor: TextClassifierPreprocessor) -> data.Encoded:
        with progress(console) as bar:
            task = bar.add_task(f"reading {split}", total=None, note="")
            advance = functools.partial(bar.advance, task)
            cache = Path(self.config.runs, ".cache")
            return data.encode(self.sources[split], preprocessor.pack, preprocessor.fingerprint, cache, advance)

    def _starting_point(self, labels: Sequence[str], max_length: int) -> TextClassifier:
        config = self.config
        keras.utils.set_random_seed(config.seed)  # of a fresh head
        classifier = TextClassifier.from_preset(
            config.model,
            labels=labels,
            task=config.task,
            new_head=True,
            max_length=max_length,
            dtype=self.precision.policy,
        )
        classifier.pairs = config.pair_column is not None
        if config.adapt == "lora":
            classifier.adapt(config.model, config.rank)
        return classifier

    @property
    def model(self) -> TextClassifier:
        """The classifier."""
        return self.classifier

    @property
    def train(self) -> data.Encoded:
        """The rows to learn from."""
        return self.encoded["train"]

    @property
    def dev(self) -> data.Encoded:
        """The rows to measure on after each epoch."""
        return self.encoded["dev"]

    def texts(self, split: str, rows: Sequence[int]) -> list[RowText]:
        """Finds rows as people see them.

        Args:
            split: Of which split.
            rows: Their places.

        Returns:
            Them, in that order.
        """
        wanted, found = set(rows), {}
        for place, row in enumerate(self.sources[split]):
            if place in wanted:
                found[place] = RowText(row.text, row.pair, where(row.file, row.line))
                if len(found) == len(wanted):
                    break
        return [found[row] for row in rows]

    def dev_rows(self, most: int) -> list[DevRow]:
        """Takes so many rows of dev, from its beginning to its end, the same ones each time."""
        wanted = set(spread(len(self.dev), most))
        return [
            DevRow(row.text, row.pair, row.target) for place, row in enumerate(self.sources["dev"]) if place in wanted
        ]

    def rows_cut(self, split: str) -> int:
        """Rows that are as long as a row may be. Some may have been so by nature; most were longer."""
        return int((self.encoded[split].lengths >= self.classifier.preprocessor.max_length).sum())

    def report(self) -> dict[str, Any]:
        """The data part of `report.json`."""
        return {
            split: {
                "file": rows.name,
                "rows_read": rows.rows_read,
                "rows_left_out": rows.left_out,
                "rows_cut": self.rows_cut(split),
                "duplicates": self.overlaps[split].duplicates,
                "contradictions": self.overlaps[split].contradictions,
                **({"in_train": self.overlaps[split].in_train} if split != "train" else {}),
            }
            for split, rows in self.encoded.items()
        }

    def show(self) -> None:
        """Prints what was read, what of it is cut or left out, and what looks wrong."""
        classifier = self.classifier
        kind = f"{len(classifier.labels)} labels" if classifier.labels else "a number"
        console.print(f"{self.config.model}: {classifier.count_params():,} parameters, {kind}")
        console.print(self.precision.why)
        table = Table("split")
        for name in ("rows", "left out", "median tokens", f"cut to {classifier.preprocessor.max_length}"):
            table.add_column(name, justify="right")
        for split, rows in self.encoded.items():
            left_out = ", ".join(f"{count:,} {reason}" for reason, count in rows.left_out.items()) or "-"
            table.add_row(
                split, f"{len(rows):,}", left_out, f"{np.median(rows.lengths):.0f}", f"{self.rows_cut(split):,}"
            )
        console.print(table)
        for warning in self._warnings():
            console.print(f"warning: {warning}", style="yellow")

    def preview(self) -> Iterator[Table]:
        """Makes tables of labels and of some rows, for a dry run."""
        if self.classifier.labels:
            yield labels_table(self.encoded, self.classifier.labels)
        yield examples_table(self.train, self.classifier.preprocessor.tokenizer, functools.partial(self.texts, "train"))

    def _warnings(self) -> Iterator[str]:
        for split, overlap in self.overlaps.items():
            found = (
                (overlap.duplicates, "stand there twice or more", overlap.first_duplicate),
                (overlap.contradictions, "stand there before with another label", overlap.first_contradiction),
                (overlap.in_train, "stand in train too, which flatters the scores", overlap.first_in_train),
            )
            for count, what, first in found:
                if count and first is not None:
                    yield f"{split}: {count:,} rows {what}; first {where(*first)}"


def _tuple_of(columns: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(columns) if isinstance(columns, list) else columns
