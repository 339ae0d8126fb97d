"""The data of a classifier's training: tokenized rows of every split, and the model to fine-tune."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from bert_keras import data, training
from bert_keras.files import where
from bert_keras.models import TextClassifier, TextClassifierPreprocessor
from bert_keras.reporting import RowText

from ..console.consoles import console
from ..console.progress import counted_rows
from ..training.data import TFDS_SPLITS, TrainingData
from ..training.probes import DevRow, spread
from .config import ClassifyConfig
from .preview import examples_table, labels_table

_USUAL_MAX_LENGTH = 256


class ClassifyData(TrainingData):
    """The rows of every split, and a classifier with a new head.

    Args:
        config: The options of the training.

    Attributes:
        sources: The rows of each split as text, read anew at each iteration.
        encoded: The same rows as token ids.
        overlaps: The duplicate and contradictory rows of each split.
    """

    rows_are = "rows"
    config: ClassifyConfig
    model: TextClassifier
    dev: data.Encoded

    def __init__(self, config: ClassifyConfig) -> None:
        super().__init__(config)
        columns = data.Columns(
            config.text_column, config.pair_column, _tuple_of(config.label_column), config.label_separator
        )
        self.sources = {
            split: data.Source(names, columns, config.task, TFDS_SPLITS[split]) for split, names in self.files.items()
        }
        preprocessor = TextClassifierPreprocessor.from_preset(config.model, max_length=config.max_length)
        if config.max_length is None:
            preprocessor.max_length = min(_USUAL_MAX_LENGTH, preprocessor.max_length)
        encoded = {split: self._encoded(split, preprocessor) for split in self.sources}
        labels = encoded["train"].label_names()
        self.encoded = {split: rows.with_labels(labels) for split, rows in encoded.items()}
        self.train, self.dev = self.encoded["train"], self.encoded["dev"]
        self.overlaps = data.find_overlaps(self.encoded)
        self.precision = training.choose_precision(config.precision)
        self.model = self._with_new_head(partial(self._load, labels, preprocessor.max_length))

    def _encoded(self, split: str, preprocessor: TextClassifierPreprocessor) -> data.Encoded:
        cache = Path(self.config.runs, ".cache")
        with counted_rows(console, f"reading {split}") as advance:
            return data.encode(self.sources[split], preprocessor.pack, preprocessor.fingerprint, cache, advance)

    def _load(self, labels: Sequence[str], max_length: int) -> TextClassifier:
        classifier = TextClassifier.from_preset(
            self.config.model,
            labels=labels,
            task=self.config.task,
            new_head=True,
            max_length=max_length,
            dtype=self.precision.policy,
        )
        classifier.pairs = self.config.pair_column is not None
        return classifier

    def texts(self, split: str, rows: Sequence[int]) -> list[RowText]:
        """Reads the texts of some rows of a split.

        Args:
            split: The split.
            rows: The row indices.

        Returns:
            The rows as text, in the order of the indices.
        """
        wanted, found = set(rows), {}
        for place, row in enumerate(self.sources[split]):
            if place in wanted:
                found[place] = RowText(row.text, row.pair, where(row.file, row.line))
                if len(found) == len(wanted):
                    break
        return [found[row] for row in rows]

    def dev_rows(self, most: int) -> list[DevRow]:
        """Returns up to `most` rows of the development split, evenly spaced and the same at each call."""
        wanted = set(spread(len(self.dev), most))
        return [
            DevRow(row.text, row.pair, row.target) for place, row in enumerate(self.sources["dev"]) if place in wanted
        ]

    def rows_cut(self, split: str) -> int:
        """Returns the number of rows with the maximum length: cut rows, and the few that have exactly that length."""
        return int((self.encoded[split].lengths >= self.model.preprocessor.max_length).sum())

    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""
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

    def preview(self) -> Iterator[Table]:
        """Yields tables of the label counts and of some rows as tokens, for a dry run."""
        if self.model.labels:
            yield labels_table(self.encoded, self.model.labels)
        yield examples_table(self.train, self.model.preprocessor.tokenizer, partial(self.texts, "train"))

    def _answers(self) -> str:
        return f"{len(self.model.labels)} labels" if self.model.labels else "a number"

    def _summary(self) -> Iterator[Table | str]:
        table = Table("split")
        for name in ("rows", "left out", "median tokens", f"cut to {self.model.preprocessor.max_length}"):
            table.add_column(name, justify="right")
        for split, rows in self.encoded.items():
            left_out = ", ".join(f"{count:,} {reason}" for reason, count in rows.left_out.items()) or "-"
            table.add_row(
                split, f"{len(rows):,}", left_out, f"{np.median(rows.lengths):.0f}", f"{self.rows_cut(split):,}"
            )
        yield table

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
