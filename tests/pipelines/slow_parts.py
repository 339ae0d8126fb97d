"""What takes long in programs, done once in this process instead of in each call."""

import dataclasses
import functools
import io
import os
from pathlib import Path
from typing import Any

import pytest
from made_once import made_in
from matplotlib.figure import Figure

from bert_keras import checkpoints, models, serving
from bert_keras.checkpoints import bundled
from bert_keras.models import TextEncoder
from bert_keras.serving.any_export import saved_task
from bert_keras.serving.check import check
from bert_keras.serving.check.report import CheckReport, CheckRow
from bert_keras.training import precision

_TRAININGS = ("classify", "answer", "contrast", "pretrain", "tag")


def shorten(program: str, patch: pytest.MonkeyPatch) -> None:
    """Replaces what a program takes long for, and what other tests and processes do in full, by what is done once."""
    if program in (*_TRAININGS, "search"):
        patch.setattr(Figure, "savefig", _savefig_once)
    if program in (*_TRAININGS, "export"):
        patch.setattr(serving, "check", _checked_once)
        patch.setattr(precision, "_speed_of_bfloat16", _speed_of_bfloat16)
    if program in ("predict", "answer-over", "visualize", "behave"):
        patch.setattr(serving, "saved_task", _loaded_once)
        patch.setattr(models, "load_task", _task_once)
    if program == "embed":
        patch.setattr(models, "load_text_encoder", _encoder_once)


_CHECKED: dict[str, CheckReport] = {}


def _checked_once(version: Path) -> CheckReport:
    """Checks the first export of its kind, as a run does at its end; each further check takes eight seconds."""
    kind = "checked " + " to ".join(
        ",".join(sorted(names(version) or ())) for names in (serving.saved_inputs, serving.saved_outputs)
    )
    if kind not in _CHECKED:
        place = _shared_place(version)
        _CHECKED[kind] = check(version) if place is None else _checked_in(place, kind, version)
    return dataclasses.replace(_CHECKED[kind], path=version)


def _shared_place(path: Path) -> Path | None:
    """The folder in which pytest-xdist puts those of its processes; `None` if a path is in none of them."""
    of_process = f"popen-{os.environ.get('PYTEST_XDIST_WORKER')}"
    return next((parent.parent for parent in path.resolve().parents if parent.name == of_process), None)


def _checked_in(place: Path, kind: str, version: Path) -> CheckReport:
    """Checks an export, unless another process has checked one of its kind."""
    _, said = made_in(place, kind, lambda folder: dataclasses.asdict(check(version)) | {"path": str(version)})
    return CheckReport(**(said | {"rows": tuple(CheckRow(**row) for row in said["rows"]), "ops": tuple(said["ops"])}))


@functools.lru_cache(maxsize=4)
def _loaded(version: Path, changed: int) -> Any:
    return saved_task(version)


def _loaded_once(path: str | Path) -> Any:
    """Loads an export, which no test changes, the first time that it is named; to load it takes five seconds."""
    if serving.saved_inputs(path) is None:
        return None
    version = serving.version_folder(path).resolve()
    return _loaded(version, (version / "saved_model.pb").stat().st_mtime_ns)


_PICTURES: dict[Any, Any] = {}
_savefig = Figure.savefig


def _savefig_once(figure: Figure, file: Any, *, format: str, **settings: Any) -> None:
    """Renders the first picture of its kind and size; of a training, to render all pictures takes a third of the time.

    What `classify` and `answer` draw is rendered in processes of their own too, and the pages of all tasks by
    `tests/reporting`.
    """
    labels = [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]
    kind = repr((format, figure.get_size_inches().tolist(), labels, settings))
    if kind not in _PICTURES:
        drawn: Any = io.StringIO() if format == "svg" else io.BytesIO()
        _savefig(figure, drawn, format=format, **settings)
        _PICTURES[kind] = drawn.getvalue()
    file.write(_PICTURES[kind])


@functools.lru_cache(maxsize=4)
def _task(preset: str, folder: Path, changed: int, base: str | None, dtype: str | None) -> tuple[Any, Any]:
    task = _load_task(preset, base=base, dtype=dtype)  # by the name that messages say
    return task, getattr(task, "null_threshold", None)


def _task_once(preset: str, base: str | None = None, dtype: str | None = None) -> Any:
    """Loads a preset or a run the first time that it is named; to load it and to trace it takes seconds."""
    folder = _folder_of(preset)
    if folder is None:
        return _load_task(preset, base=base, dtype=dtype)
    task, threshold = _task(preset, folder, _changed(folder), base, dtype)
    if hasattr(task, "null_threshold"):
        task.null_threshold = threshold  # which a program may have changed
    return task


@functools.lru_cache(maxsize=4)
def _encoder(preset: str, folder: Path, changed: int, max_length: int | None, dtype: str | None) -> TextEncoder:
    return _load_text_encoder(preset, max_length=max_length, dtype=dtype)


def _encoder_once(preset: str, *, max_length: int | None = None, dtype: str | None = None) -> TextEncoder:
    """Loads an encoder, which no program changes, the first time that it is named."""
    folder = _folder_of(preset)
    if folder is None:
        return _load_text_encoder(preset, max_length=max_length, dtype=dtype)
    return _encoder(preset, folder, _changed(folder), max_length, dtype)


def _folder_of(preset: str) -> Path | None:
    """The folder of a preset on this machine, which has one of its own in each working directory."""
    comes_along = preset in (bundled.DEFAULT_PRESET, bundled.READER)
    folder = checkpoints.locate(preset) if comes_along else Path(preset)
    return folder.resolve() if folder.is_dir() else None


def _changed(folder: Path) -> int:
    return max(path.stat().st_mtime_ns for path in (folder, *folder.rglob("*")))


_load_task = models.load_task
_load_text_encoder = models.load_text_encoder
# What a machine is fast at stays as it is.
_speed_of_bfloat16 = functools.cache(precision._speed_of_bfloat16)
