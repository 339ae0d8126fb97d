"""Exports a run, a preset or a fine-tuned Hugging Face classifier as a SavedModel, and proves that it runs without Python."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipelines.program import console, plain_name, run

if TYPE_CHECKING:
    from bert_keras.serving.check import CheckReport


@dataclass(frozen=True)
class ExportConfig:
    """Options of an export.

    Args:
        model: A classifier: a run (runs/NAME), a preset's folder, a Hugging Face folder with a BertForSequenceClassification, or
            hf://USER/MODEL.
        name: Of the exported model; without it the name of the model's folder.
        saved_models: Folder of the exported models, as TF Serving is pointed at it.
        pairs: Whether the model takes pairs of texts. Runs know it of themselves; of a Hugging Face folder it must be said.
        max_length: Most tokens of a row; without it as the model has it.
    """

    model: str
    name: str | None = None
    saved_models: str = "saved_models"
    pairs: bool | None = None
    max_length: int | None = None


def main(config: ExportConfig) -> None:
    """Loads, exports and checks."""
    from bert_keras import models, serving

    name = plain_name(config.name or Path(config.model).absolute().name)
    classifier = models.TextClassifier.from_preset(config.model, max_length=config.max_length, dtype="float32")
    if config.pairs is not None:
        classifier.pairs = config.pairs
    version = serving.export(classifier, Path(config.saved_models, name))
    console.print(f"export  {version}\n")
    report = serving.check(version)
    show_check(report)
    sys.exit(0 if report.ok else 1)


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
