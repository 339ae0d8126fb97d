"""The folder of a run, `runs/NAME`: model, report, config, predictions, pictures, TensorBoard logs."""

import dataclasses
import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from bert_keras.atomic import replaced_file, replaced_folder
from bert_keras.errors import InputError

_VERSIONS_OF = ("bert_keras", "tensorflow", "tensorflow-text", "keras", "keras-hub", "numpy")


class RunFolder:
    """Writes a run's folder, each file whole or not at all.

    Args:
        path: The folder.
        overwrite: Whether a finished run of that name may be replaced.

    Raises:
        InputError: There is a finished run of that name.
    """

    def __init__(self, path: Path, overwrite: bool) -> None:
        self.path = path
        if (path / "report.json").exists() and not overwrite:
            raise InputError(f"{path}: there is a run of this name already; choose another --name, or add --overwrite true")

    def begin(self, config: Any) -> None:
        """Takes away what would pass for results of this run, and writes `config.yaml`, which `--config` reads."""
        (self.path / "report.json").unlink(missing_ok=True)
        shutil.rmtree(self.path / "tensorboard", ignore_errors=True)
        with replaced_file(self.path / "config.yaml") as aside:
            aside.write_text(yaml.safe_dump(dataclasses.asdict(config), sort_keys=False, allow_unicode=True), encoding="utf-8")

    def write_model(self, classifier: Any) -> None:
        """Writes `model/`, a preset."""
        with replaced_folder(self.path / "model") as aside:
            classifier.save_to_preset(str(aside))

    def write_report(self, report: dict[str, Any]) -> None:
        """Writes `report.json`."""
        with replaced_file(self.path / "report.json") as aside:
            aside.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def write_predictions(self, rows: Iterable[dict[str, Any]]) -> None:
        """Writes `predictions.jsonl`."""
        with replaced_file(self.path / "predictions.jsonl") as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def environment(precision: str) -> dict[str, Any]:
    """Describes what a run ran on.

    Args:
        precision: Of the training.

    Returns:
        Versions, cores, precision.
    """
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS_OF}
    return {"python": platform.python_version(), "versions": versions, "cores": os.cpu_count(), "precision": precision}
