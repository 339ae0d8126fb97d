"""The data that the report of a classification or regression run is made from, without Keras."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.evaluation import METRICS
from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.curve import Curve
from bert_keras.reporting.headlines import Headlines, headlines, interval_words

DATA_COLUMNS = {
    "rows read": "rows_read",
    "left out": "rows_left_out",
    "cut": "rows_cut",
    "duplicates": "duplicates",
    "also in train": "in_train",
}
"""The headings of the data table, each with its key in the report's `data`."""


@dataclass(frozen=True)
class RowText:
    """The text of a row and its place in the data.

    Attributes:
        text: The text.
        pair: The second text of a pair; `None` for single texts.
        place: The file and the line, e.g. `dev.tsv, line 17`.
    """

    text: str
    pair: str | None
    place: str


@dataclass(frozen=True)
class NearRow:
    """A training row that is near to another row.

    Attributes:
        row: Its text.
        labels: Its labels.
        similarity: The cosine of the angle between the vectors of both rows.
    """

    row: RowText
    labels: tuple[str, ...]
    similarity: float


@dataclass(frozen=True)
class NearRows:
    """The nearest training rows of some rows.

    Attributes:
        of: For each row its nearest training rows, nearest first.
        compared: The number of training rows that were looked at.
        train_rows: The number of all training rows.
    """

    of: Sequence[Sequence[NearRow]]
    compared: int
    train_rows: int


@dataclass(frozen=True)
class Evaluated:
    """A split with its targets and the model's outputs.

    Attributes:
        targets: The targets, as `evaluation.scores` takes them.
        outputs: The outputs, as `evaluation.scores` takes them.
        lengths: The number of tokens per row, `[rows]`.
        texts: A function from row indices to their texts, in the same order; a page asks for a few dozen.
        chosen: For several labels a text which of them are predicted, `[rows, labels]` bool; `None` means those of a
            probability of at least 0.5.
    """

    targets: np.ndarray
    outputs: np.ndarray
    lengths: np.ndarray
    texts: Callable[[Sequence[int]], Sequence[RowText]]
    chosen: np.ndarray | None = None


@dataclass(frozen=True)
class RunRecord:
    """A finished classification or regression run.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`.
        train: The training curves by name of the number, with a point per logged step.
        dev: The development curves by name of the number, with a point per epoch.
        evaluated: The evaluated splits by name, the main one first.
        train_lengths: The number of tokens per training row, `[rows]`.
        run_path: The run's folder as commands name it.
        pairs: Whether rows are pairs of texts.
        served_path: The exported model's folder as commands name it; `None` without an export.
        commands: Commands that a reader of the report may want to run next.
        words: A function from rows to the words of their texts, and of their pairs; `None` for rows, or for a run,
            whose words are not looked at.
        near: A function from rows to their nearest training rows; `None` if they are not looked for.
    """

    name: str
    report: Mapping[str, Any]
    train: Mapping[str, Curve]
    dev: Mapping[str, Curve]
    evaluated: Mapping[str, Evaluated]
    train_lengths: np.ndarray
    run_path: str
    pairs: bool = False
    served_path: str | None = None
    commands: Sequence[str] = ()
    words: Callable[[Sequence[RowText]], Sequence[Sequence[Words] | None]] | None = None
    near: Callable[[Sequence[RowText]], NearRows] | None = None

    @property
    def task(self) -> str:
        """The task: `single_label`, `multi_label` or `regression`."""
        return str(self.report["model"].get("task", "single_label"))

    @property
    def labels(self) -> list[str]:
        """The names of the labels; empty for regression."""
        return list(self.report["model"].get("labels", ()))

    def scores(self, split: str) -> dict[str, Any]:
        """Returns the report's metrics of an evaluated split."""
        return self.report["metrics" if split == "dev" else f"{split}_metrics"]

    def f1_interval(self, split: str, label: str) -> str:
        """Returns the 95 % interval of a label's F1 as text; empty if the report holds none."""
        ends = self.report.get("f1_interval", {}).get(split, {}).get(label)
        return "" if ends is None else interval_words((ends[0], ends[1]))

    def headlines(self, split: str) -> Headlines:
        """Returns the metrics of an evaluated split beside their intervals and baselines."""
        return headlines(self.report, split, self.scores(split), METRICS[self.task])
