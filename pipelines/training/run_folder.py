"""The folder of a run, `runs/NAME`: model, report, config, predictions, pictures, TensorBoard logs."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bert_keras.errors import InputError
from bert_keras.event_files.writer import EventWriter
from bert_keras.files.atomic import replaced_file, replaced_folder
from bert_keras.reporting.finished_run import read_options
from bert_keras.reporting.kept_results import KEPT
from bert_keras.training.checkpoint import Checkpoints

from ..command_line.json_output import write_json
from .config import TrainingConfig

_CONFIG, _REPORT = "config.yaml", "report.json"
_MEGABYTE = 1e6
_ODD_BYTES = "replace"  # of names of files, which need not be UTF-8


class RunFolder:
    """The folder of a run, with methods that write its files atomically.

    Args:
        path: The path of the folder.

    Attributes:
        path: The path of the folder.
        checkpoint: The folder of the checkpoint of an unfinished training.
        tensorboard: The folder of the event files.
        dev_events: The writer of what is logged of the development split.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint"
        self.tensorboard = path / "tensorboard"
        self.dev_events = EventWriter(self.tensorboard / "dev")

    def refuse_finished(self, overwrite: bool) -> None:
        """Checks that no finished run would be overwritten unintentionally.

        Args:
            overwrite: Whether a finished run may be overwritten.

        Raises:
            InputError: The folder holds a finished run, and it must not be overwritten.
        """
        if (self.path / _REPORT).exists() and not overwrite:
            raise InputError(
                f"{self.path}: there is a run of this name already; choose another --name, or add --overwrite true"
            )

    @property
    def unfinished(self) -> bool:
        """Whether the folder holds an unfinished training that can be resumed."""
        return Checkpoints(self.checkpoint).there and not (self.path / _REPORT).exists()

    def precision_begun_with(self) -> Any:
        """Returns the precision of the unfinished training in the folder, or `None` if there is none."""
        return read_options(self.path / _CONFIG).get("precision") if self.unfinished else None

    def begin(self, config: Mapping[str, Any]) -> None:
        """Deletes the results of an earlier run, and writes `config.yaml`, which `--config` reads."""
        if not self.unfinished:
            # The report is deleted first, since a run without a report is unfinished.
            kept = (self.path / name for name in KEPT)
            for file in (self.path / _REPORT, *self.path.glob("*.jsonl"), *self.path.glob("*-squad.json"), *kept):
                file.unlink(missing_ok=True)
            for old in (self.checkpoint, self.tensorboard, self.path / "insight"):
                shutil.rmtree(old, ignore_errors=True)
        self.write(_CONFIG, yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))

    def write_model(self, model: Any) -> None:
        """Writes the model to `model/`, as a preset or as adapter weights."""
        with replaced_folder(self.path / "model") as aside:
            model.save_to_preset(str(aside))

    def adapter(self, config: TrainingConfig) -> dict[str, Any] | None:
        """Returns what `report.json` says of the adapters in `model/`; `None` if the model is a whole one."""
        if config.adapt == "none":
            return None
        size = sum(file.stat().st_size for file in (self.path / "model").iterdir())
        base = config.adapters_over or config.model
        return {"rank": config.rank, "base": base, "megabytes": round(size / _MEGABYTE, 2)}

    def write_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes a JSON lines file."""
        with (
            replaced_file(self.path / name) as aside,
            aside.open("w", encoding="utf-8", errors=_ODD_BYTES, newline="\n") as file,
        ):
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Writes a JSON file."""
        write_json(self.path / name, content)

    def write(self, name: str, text: str) -> None:
        """Writes a text file in UTF-8."""
        with replaced_file(self.path / name) as aside:
            aside.write_text(text, encoding="utf-8", errors=_ODD_BYTES)

    def finish(self, report: Mapping[str, Any]) -> None:
        """Writes `report.json`, which marks the run as finished, and deletes the checkpoint."""
        self.write_json(_REPORT, report)
        shutil.rmtree(self.checkpoint, ignore_errors=True)
