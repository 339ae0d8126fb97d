"""Exports a run, a preset or a fine-tuned Hugging Face model as a SavedModel, and proves that it runs without Python."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bert_keras.errors import InputError
from pipelines.program import console, plain_name, run

if TYPE_CHECKING:
    from bert_keras.models import SpanExtractor, TextClassifier
    from bert_keras.serving.check import CheckReport


@dataclass(frozen=True)
class ExportConfig:
    """Options of an export.

    Args:
        model: A classifier or a reader: a run (runs/NAME), a preset's folder, a Hugging Face folder with a
            BertForSequenceClassification or a BertForQuestionAnswering, or hf://USER/MODEL.
        name: Of the exported model; without it the name of the model's folder.
        saved_models: Folder of the exported models, as TF Serving is pointed at it.
        max_length: Most tokens of a row; without it as the model has it.
        pairs: Whether a classifier takes pairs of texts. Runs know it of themselves; of a Hugging Face folder it must be said.
        null_threshold: Of a reader: no answer is given where the log-odds of "no answer" against the best passage are above this.
            Runs know it of themselves; of a Hugging Face folder that was trained on SQuAD 2.0 it must be said, 0 for instance.
        n_best: Of a reader: most passages that are told beside the best one; without it as the model has it.
    """

    model: str
    name: str | None = None
    saved_models: str = "saved_models"
    max_length: int | None = None
    pairs: bool | None = None
    null_threshold: float | None = None
    n_best: int | None = None

    def __post_init__(self) -> None:
        if self.n_best is not None and self.n_best < 1:
            raise InputError(f"--n_best must be 1 or above. Received: {self.n_best}")
        if self.null_threshold is not None and not math.isfinite(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")


def main(config: ExportConfig) -> None:
    """Loads, exports and checks."""
    from bert_keras import models, serving

    name = plain_name(config.name or Path(config.model).absolute().name)
    model = models.load_task(config.model, max_length=config.max_length, dtype="float32")
    _set(config, model, ("pairs",) if isinstance(model, models.TextClassifier) else ("null_threshold", "n_best"))
    version = serving.export(model, Path(config.saved_models, name))
    console.print(f"export  {version}\n")
    report = serving.check(version)
    show_check(report)
    sys.exit(0 if report.ok else 1)


def _set(config: ExportConfig, model: "TextClassifier | SpanExtractor", known: tuple[str, ...]) -> None:
    """Sets what was asked for, and refuses what the model has not."""
    for option in ("pairs", "null_threshold", "n_best"):
        value = getattr(config, option)
        if value is None:
            continue
        if option not in known:
            what = "answers questions" if option == "pairs" else "labels texts"
            raise InputError(f"{config.model}: the model {what}, and has no {option}; leave --{option} out. Received: {value}")
        setattr(model, option, value)


def show_check(report: "CheckReport") -> None:
    """Prints what a check found: a line if all is well, else the failures.

    Args:
        report: What `bert_keras.serving.check` returned.
    """
    failed = [row for row in report.rows if not row.ok]
    runtime = f"TensorFlow {report.runtime_version} through its C API, without Python"
    if not failed:
        console.print(f"check   {len(report.rows)} checks ok: {runtime}")
        return
    table = Table("check", "what was wrong", title=f"{len(failed)} of {len(report.rows)} checks failed: {runtime}")
    for row in failed:
        table.add_row(Text(row.what), Text(row.detail))
    console.print(table)


if __name__ == "__main__":
    run("export", __doc__, ExportConfig, main)
