"""What the report of a run is made from: plain values, which know nothing of Keras."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.reporting.curve_pictures import Curve


@dataclass(frozen=True)
class RowText:
    """A row as people see it.

    Attributes:
        text: The text.
        pair: The second one of pairs.
        place: Where it stands, e.g. `dev.tsv, line 17`.
    """

    text: str
    pair: str | None
    place: str


@dataclass(frozen=True)
class Evaluated:
    """A split, and what was predicted on it.

    Attributes:
        targets: As `evaluation.scores` takes them.
        outputs: As `evaluation.scores` takes them.
        lengths: Tokens of each row, `[rows]`.
        texts: Finds the rows of some indices, in their order; it is asked for a few dozen.
    """

    targets: np.ndarray
    outputs: np.ndarray
    lengths: np.ndarray
    texts: Callable[[Sequence[int]], Sequence[RowText]]


@dataclass(frozen=True)
class RunRecord:
    """All about a finished run.

    Attributes:
        name: Of the run.
        report: As `report.json` has it.
        train: Curves by step, by name of the number.
        dev: Curves with a point an epoch, by name of the number.
        evaluated: Splits that were measured, the one to look at first.
        train_lengths: Tokens of each row of training, `[rows]`.
        run_path: Folder of the run, as commands name it.
        pairs: Whether rows are pairs of texts.
        served_path: Folder of the exported model, as commands name it; None where there is none.
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

    @property
    def task(self) -> str:
        """`single_label`, `multi_label` or `regression`."""
        return str(self.report["model"].get("task", "single_label"))

    @property
    def labels(self) -> list[str]:
        """Names of the labels; none for regression."""
        return list(self.report["model"].get("labels", ()))

    def scores(self, split: str) -> dict[str, Any]:
        """What the report says of a split that was measured."""
        return self.report["metrics" if split == "dev" else f"{split}_metrics"]
