"""The data that the model card of a masked language model's training is made from, without Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bert_keras.evaluation import METRICS
from bert_keras.reporting.headlines import Headlines, headlines_of_splits

DATA_COLUMNS = {
    "documents read": "documents_read",
    "left out": "left_out",
    "documents": "documents",
    "tokens": "tokens",
    "rows": "rows",
}
"""The headings of the data table, each with its key in the report's `data`."""


@dataclass(frozen=True)
class MaskedRunRecord:
    """A finished training of a masked language model.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`.
        run_path: The run's folder as commands name it.
        served_path: The exported model's folder as commands name it; `None` without an export.
    """

    name: str
    report: Mapping[str, Any]
    run_path: str
    served_path: str | None

    @property
    def headlines(self) -> list[Headlines]:
        """The metrics of each evaluated split beside their intervals and those before the training."""
        return headlines_of_splits(self.report, METRICS["masked_lm"])
