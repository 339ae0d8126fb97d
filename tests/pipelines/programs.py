"""Tiny data, and the programs: in this process, which is fast, and in one of their own."""

import contextlib
import dataclasses
import functools
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bert_keras import models, serving
from bert_keras.serving.any_export import saved_task
from bert_keras.serving.check import check
from bert_keras.serving.check.report import CheckReport
from bert_keras.training import precision
from pipelines.command_line.run import run

REPOSITORY = Path(__file__).parents[2]
# Labels that are anything but plain names, by the word that decides.
LABELS = {"good": "[bold red]good[/]", "bad": '{"bad": "[/]"} :smile:', "cafe": "../x é"}
_ODD_WORDS = ("[/]", "[bold]", ":smile:", "../x", '{"a":1}', "[SEP]", "$x$", "50%", "a", "the", "film", "was", ".", "2")
# Enough to learn what one word decides.
_RECIPE = ("--epochs", "5", "--batch_size", "8", "--learning_rate", "3e-3", "--max_length", "32", "--seed", "5")
TRAINING_FLAGS = (*_RECIPE, "--probes", "0")  # probes take as long as such a training


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Workspace:
    """A folder with data and a model to start from, and the one run that was made in it."""

    folder: Path
    ended: Ended
    name: str = "reviews"

    @property
    def run(self) -> Path:
        return self.folder / "runs" / self.name


def rows(count: int, seed: int) -> list[tuple[str, str]]:
    """Texts of odd words among which stands the one that decides about the label."""
    random = np.random.default_rng(seed)
    table = []
    for row in range(count):
        words = list(random.choice(_ODD_WORDS, random.integers(1, 9)))
        deciding = list(LABELS)[row % len(LABELS)]
        words.insert(int(random.integers(0, len(words) + 1)), deciding)
        table.append((" ".join(words), LABELS[deciding]))
    return table


def write_table(path: Path, *lines: Sequence[str]) -> Path:
    """Writes a tsv file, all fields quoted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    quoted = ("\t".join('"' + field.replace('"', '""') + '"' for field in line) for line in lines)
    path.write_text("".join(f"{line}\n" for line in quoted), encoding="utf-8")
    return path


_CHECKED: dict[str, CheckReport] = {}


def _checked_once(version: Path) -> CheckReport:
    """Checks the first export of its kind, as a run does at its end; each further check takes eight seconds."""
    kind = repr([sorted(names(version) or ()) for names in (serving.saved_inputs, serving.saved_outputs)])
    if kind not in _CHECKED:
        _CHECKED[kind] = check(version)
    return dataclasses.replace(_CHECKED[kind], path=version)


@functools.cache
def _loaded(version: Path, changed: int) -> Any:
    return saved_task(version)


def _loaded_once(path: str | Path) -> Any:
    """Loads an export, which no test changes, the first time that it is named; to load it takes five seconds."""
    if serving.saved_inputs(path) is None:
        return None
    version = serving.version_folder(path).resolve()
    return _loaded(version, (version / "saved_model.pb").stat().st_mtime_ns)


def folder_of(name: str) -> str:
    """The folder of a program."""
    return name.replace("-", "_")


@functools.lru_cache(maxsize=8)
def _task(preset: str, folder: Path, changed: int, base: str | None, dtype: str | None) -> tuple[Any, Any]:
    task = _load_task(preset, base=base, dtype=dtype)  # by the name that messages say
    return task, getattr(task, "null_threshold", None)


def _task_once(preset: str, base: str | None = None, dtype: str | None = None) -> Any:
    """Loads a preset or a run the first time that it is named; to load it and to trace it takes seconds."""
    folder = Path(preset).resolve()
    if not folder.is_dir():
        return _load_task(preset, base=base, dtype=dtype)
    changed = max(path.stat().st_mtime_ns for path in (folder, *folder.rglob("*")))
    task, threshold = _task(preset, folder, changed, base, dtype)
    if hasattr(task, "null_threshold"):
        task.null_threshold = threshold  # which a program may have changed
    return task


_load_task = models.load_task
# What a machine is fast at stays as it is.
_speed_of_bfloat16 = functools.cache(precision._speed_of_bfloat16)


def call(name: str, *flags: object, cwd: Path, stdin: bytes = b"") -> Ended:
    """Runs a program in this process, which is fast: `call("predict", "--model", "runs/x", cwd=folder)`."""
    program = importlib.import_module(f"pipelines.{folder_of(name)}.config").PROGRAM
    main = importlib.import_module(f"pipelines.{folder_of(name)}.__main__").main
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(cwd):
        patch.setattr(sys, "argv", [name, *map(str, flags)])
        if name in ("classify", "answer", "contrast", "pretrain", "tag", "export"):
            patch.setattr(serving, "check", _checked_once)
            patch.setattr(precision, "_speed_of_bfloat16", _speed_of_bfloat16)
        if name in ("predict", "answer-over", "visualize", "behave"):
            patch.setattr(serving, "saved_task", _loaded_once)
            patch.setattr(models, "load_task", _task_once)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run(program, main)
            except SystemExit as end:
                status = int(end.code or 0)
    return Ended(status, *(stream.buffer.getvalue().decode("utf-8") for stream in (out, err)))


def start_process(arguments: Sequence[object], cwd: Path, stdin: bytes = b"") -> Ended:
    """Runs Python as a user does: `start_process(["-m", "pipelines.predict", "--help"], cwd=folder)`."""
    ended = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=_environment(),
        timeout=300,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def kill_at(arguments: Sequence[object], line: str, cwd: Path) -> None:
    """Runs Python until it has printed a line that begins so, and kills it."""
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, env=_environment(), text=True) as process:
        assert process.stdout is not None
        assert any(said.startswith(line) for said in process.stdout)
        process.kill()


def _environment() -> dict[str, str]:
    """That of a user, without what tests are run with."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
