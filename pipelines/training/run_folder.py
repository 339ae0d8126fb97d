"""The folder of a run, `runs/NAME`: model, report, config, predictions, pictures, TensorBoard logs."""

import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bert_keras.errors import InputError
from bert_keras.files.atomic import replaced_file, replaced_folder

_CONFIG, _REPORT = "config.yaml", "report.json"
_VERSIONS_OF = ("bert_keras", "tensorflow", "tensorflow-text", "keras", "keras-hub", "numpy")


class RunFolder:
    """Writes a run's folder, each file whole or not at all.

    Args:
        path: The folder.

    Attributes:
        checkpoint: Where an unfinished training keeps its checkpoint.
        tensorboard: Where event files go.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint"
        self.tensorboard = path / "tensorboard"

    def refuse_finished(self, overwrite: bool) -> None:
        """Refuses to go on where a finished run is, unless it may be overwritten.

        Args:
            overwrite: Whether it may be replaced.

        Raises:
            InputError: There is a finished run of that name.
        """
        if (self.path / _REPORT).exists() and not overwrite:
            raise InputError(
                f"{self.path}: there is a run of this name already; choose another --name, or add --overwrite true"
            )

    @property
    def unfinished(self) -> bool:
        """Whether a training was begun here and can go on."""
        return self.checkpoint.exists() and not (self.path / _REPORT).exists()

    def precision_begun_with(self) -> Any:
        """The precision of a training that was begun here and can go on, or None."""
        if not self.unfinished or not (self.path / _CONFIG).exists():
            return None
        begun = yaml.safe_load((self.path / _CONFIG).read_text(encoding="utf-8"))
        return begun.get("precision") if isinstance(begun, dict) else None

    def begin(self, config: Mapping[str, Any]) -> None:
        """Takes away what would pass for results of this run, and writes `config.yaml`, which `--config` reads."""
        if not self.unfinished:
            # The report first: without it nothing else counts.
            for file in (self.path / _REPORT, *self.path.glob("*.jsonl"), *self.path.glob("*-squad.json")):
                file.unlink(missing_ok=True)
            for old in (self.checkpoint, self.tensorboard, self.path / "insight"):
                shutil.rmtree(old, ignore_errors=True)
        self.write(_CONFIG, yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))

    def write_model(self, model: Any) -> None:
        """Writes `model/`, a preset or an adapter."""
        with replaced_folder(self.path / "model") as aside:
            model.save_to_preset(str(aside))

    def write_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes a file of JSON lines."""
        with replaced_file(self.path / name) as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Writes a JSON file."""
        self.write(name, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def write(self, name: str, text: str) -> None:
        """Writes a file of text."""
        with replaced_file(self.path / name) as aside:
            aside.write_text(text, encoding="utf-8")

    def finish(self, report: Mapping[str, Any]) -> None:
        """Writes `report.json`, which makes the run a finished one, and takes the checkpoint away."""
        self.write_json(_REPORT, report)
        shutil.rmtree(self.checkpoint, ignore_errors=True)


def environment(precision: str) -> dict[str, Any]:
    """Describes what a run ran on.

    Args:
        precision: Of the training.

    Returns:
        Versions, cores, precision.
    """
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS_OF}
    return {"python": platform.python_version(), "versions": versions, "cores": os.cpu_count(), "precision": precision}
