"""Tiny data, and the programs: in this process, which is fast, and in one of their own."""

import contextlib
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from slow_parts import shorten

from pipelines.command_line.program import Program
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


def folder_of(name: str) -> str:
    """The folder of a program."""
    return name.replace("-", "_")


def program_of(name: str) -> Program:
    """The description of a program."""
    return importlib.import_module(f"pipelines.{folder_of(name)}.config").PROGRAM


def call(name: str, *flags: object, cwd: Path, stdin: bytes = b"") -> Ended:
    """Runs a program in this process, which is fast: `call("predict", "--model", "runs/x", cwd=folder)`."""
    program = program_of(name)
    main = importlib.import_module(f"pipelines.{folder_of(name)}.__main__").main
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(cwd):
        patch.setattr(sys, "argv", [name, *map(str, flags)])
        shorten(name, patch)
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


_UNCHECKED = """
import sys
from bert_keras import serving
from bert_keras.serving.check.report import CheckReport
from pipelines.__main__ import main
serving.check = lambda version: CheckReport(version, (), (), "")
main(sys.argv[1:])
"""


def start_unchecked(name: str, *flags: object, cwd: Path) -> Ended:
    """Runs a training in a process of its own that leaves out the check of its export, a third of its time."""
    return start_process(["-c", _UNCHECKED, name, *flags], cwd)


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
