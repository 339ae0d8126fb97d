"""The data that the report of a text encoder's training is made from, without Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.evaluation import METRICS
from bert_keras.reporting.curve import Curve
from bert_keras.reporting.headlines import Headlines, headlines_of_splits

DATA_COLUMNS = {
    "rows read": "rows_read",
    "left out": "left_out",
    "rows": "rows",
    "different texts": "texts",
    "as long as is read": "texts_as_long_as_the_model_reads",
    "also in train": "in_train",
}
"""The headings of the data table, each with its key in the report's `data`."""

_PURPOSES = {
    "pairs": "to find what belongs together",
    "triples": "to find what belongs together, and not what is only alike",
    "scored_pairs": "to compare texts as people do",
    "labelled_texts": "to find texts of the same label",
}


@dataclass(frozen=True)
class VectorFindings:
    """What the vectors of a model make of the development split.

    Attributes:
        together: The cosines of texts that belong together, or whose score is above the median, `[pairs]`.
        apart: The cosines of texts that do not, `[others]`.
        values: Of scored pairs the cosine of each, else the place at which each row finds what belongs to it, counted
            from 1, or 0 where there is nothing to find, `[rows]`.
    """

    together: np.ndarray
    apart: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class HardGroup:
    """A row whose texts the vectors get wrong.

    Attributes:
        texts: The texts that belong together, or the text.
        gold: The label or the score as text; empty for pairs.
        before: The place or the cosine before the training.
        after: The same after it.
        instead: The nearest text that does not belong to the first one; `None` for scored pairs.
        place: The file and the line.
    """

    texts: Sequence[str]
    gold: str
    before: float
    after: float
    instead: str | None
    place: str


@dataclass(frozen=True)
class VectorRunRecord:
    """A finished training of a text encoder.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`.
        train: The training curves by name of the number, with a point per logged step.
        dev: The development curves by name of the number, with a point per epoch.
        lengths: The number of tokens per text, `[texts]`, of train and dev.
        before: The findings of the model before the training.
        after: The findings of the trained model.
        numbers: The scores of the development split's pairs, `[rows]`; empty unless they have scores.
        hardest: The rows that the trained model gets most wrong, the hardest first.
        run_path: The run's folder as commands name it.
        served_path: The exported model's folder as commands name it; `None` without an export.
    """

    name: str
    report: Mapping[str, Any]
    train: Mapping[str, Curve]
    dev: Mapping[str, Curve]
    lengths: Mapping[str, np.ndarray]
    before: VectorFindings
    after: VectorFindings
    numbers: np.ndarray
    hardest: Sequence[HardGroup]
    run_path: str
    served_path: str | None

    @property
    def kind(self) -> str:
        """What the rows are: "pairs", "triples", "scored_pairs" or "labelled_texts"."""
        return str(self.report["model"]["task"])

    @property
    def scored(self) -> bool:
        """Whether the rows are pairs with scores."""
        return self.kind == "scored_pairs"

    @property
    def purpose(self) -> str:
        """What the vectors are for, in words."""
        return _PURPOSES[self.kind]

    @property
    def headlines(self) -> list[Headlines]:
        """The metrics of each evaluated split beside their intervals and those before the training."""
        return headlines_of_splits(self.report, METRICS[self.kind])
