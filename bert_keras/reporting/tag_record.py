"""The data that the report of a token classifier's run is made from, without Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.evaluation import METRICS, Confusion
from bert_keras.reporting.curve import Curve
from bert_keras.reporting.headlines import Headlines, headlines
from bert_keras.tagging.alignment import Span

DATA_COLUMNS = {
    "texts read": "texts_read",
    "left out": "left_out",
    "entities": "entities",
    "widened to words": "widened",
    "overlapping": "overlapping",
    "without a word": "wordless",
    "words": "words",
    "windows": "windows",
    "also in train": "in_train",
}
"""The headings of the data table, each with its key in the report's `data`."""


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A text with its entities and those that a model finds.

    Attributes:
        text: The text.
        place: Where it is in the data, e.g. `dev.jsonl, line 7`.
        gold: Its entities, in order.
        found: The entities that are found, in order.
        loss: The mean cross entropy of its words' tags.
    """

    text: str
    place: str
    gold: tuple[Span, ...]
    found: tuple[Span, ...]
    loss: float


@dataclass(frozen=True)
class TagRunRecord:
    """A finished run of a token classifier.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`. Its `metrics` hold `by_type`, a list of `{"name", "f1", "precision",
            "recall", "entities", "predicted"}`.
        train: The training curves by name of the number, with a point per logged step.
        dev: The development curves by name of the number, with a point per epoch.
        lengths: The number of tokens of each window, by split.
        confusion: The words of the development split by true and predicted type; the last type is that of words
            outside of entities.
        run_path: The run's folder as commands name it.
        served_path: The exported model's folder as commands name it; `None` without an export.
    """

    name: str
    report: Mapping[str, Any]
    train: Mapping[str, Curve]
    dev: Mapping[str, Curve]
    lengths: Mapping[str, np.ndarray]
    confusion: Confusion
    run_path: str
    served_path: str | None

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics on the development split."""
        return self.report["metrics"]

    @property
    def labels(self) -> Sequence[str]:
        """The types of entities."""
        return self.report["model"]["labels"]

    @property
    def headlines(self) -> Headlines:
        """The main metrics on the development split beside their intervals and baselines."""
        return headlines(self.report, "dev", self.metrics, METRICS["tags"])
