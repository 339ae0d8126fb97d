import dataclasses
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from programs import REPOSITORY

from bert_keras.errors import DataError, InputError, TrainingInterrupted
from pipelines.answer.config import AnswerConfig
from pipelines.classify.config import ClassifyConfig
from pipelines.command_line.folder_names import plain_name
from pipelines.command_line.options import option
from pipelines.command_line.program import Program
from pipelines.command_line.run import run
from pipelines.command_line.text_output import text_output
from pipelines.console.consoles import console


@dataclass(frozen=True)
class Config:
    """Options of a program for tests.

    Args:
        name: Some name.
        rows: Some number.
    """

    name: str = "none"
    rows: int = 3

    def __post_init__(self) -> None:
        if self.rows < 0:
            raise InputError(f"--rows must not be below 0. Received: {self.rows}")


@dataclass(frozen=True)
class TextsConfig:
    """Options that are texts.

    Args:
        say: What to say.
    """

    say: list[str] | None = option("TEXT", None)


def program_of(config: type) -> Program:
    """A program for tests, which needs no TensorFlow."""
    options = tuple(option.name for option in dataclasses.fields(config))
    return Program("test", "A program for tests.", config, {"options": options}, tensorflow=False)


def ends(main: Callable[[Config], None], *flags: str) -> int:
    """The exit status of a program with this `main`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["test", *flags])
        try:
            run(program_of(Config), main)
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def fail(error: BaseException) -> Callable[[Config], None]:
    def main(config: Config) -> None:
        raise error

    return main


@pytest.mark.parametrize("name", ["123", "null", "true", "1e3", "[a]", "{}", "a: b", "", "x=y", "東京"])
def test_a_name_is_taken_as_it_is_typed(name: str) -> None:
    seen: list[Config] = []
    assert ends(seen.append, "--name", name, "--rows", "7") == 0
    assert seen == [Config(name, 7)]


def test_flags_win_over_the_config_file_before_them(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("name: file\nrows: 1\n")
    seen: list[Config] = []
    assert ends(seen.append, "--config", str(tmp_path / "config.yaml"), "--rows", "2") == 0
    assert seen == [Config("file", 2)]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            DataError("rows.tsv, line 3: [bold]broken[/] :smile:"),
            2,
            "error: rows.tsv, line 3: [bold]broken[/] :smile:\n",
        ),
        (DataError("a name of\ntwo lines"), 2, "error: a name of two lines\n"),
        (DataError("word " * 200), 2, "error: " + "word " * 200 + "\n"),
        (FileNotFoundError(2, "No such file or directory", "x.txt"), 2, "error: x.txt: No such file or directory\n"),
        (OSError("the disk is gone"), 2, "error: file system: the disk is gone\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (TrainingInterrupted("stopped at step 3"), 130, "interrupted: stopped at step 3\n"),
        (SystemExit(1), 1, ""),
    ],
)
def test_what_ends_a_program_gives_its_status_and_a_line(
    error: BaseException, status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(fail(error)) == status
    assert capsys.readouterr() == ("", message)


def test_options_that_make_no_sense_end_it_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(fail(AssertionError("main was called")), "--rows", "-1") == 2
    assert capsys.readouterr().err == "error: --rows must not be below 0. Received: -1\n"


def test_a_fault_of_the_program_itself_shows_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        ends(fail(ZeroDivisionError()))


def test_the_screen_shows_texts_and_paths_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    line = "run " + "folder/" * 30 + " [bold]x[/] [/] :smile:"
    console.print(line)
    assert capsys.readouterr().out == line + "\n"


def test_texts_are_taken_as_they_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[TextsConfig] = []
    monkeypatch.setattr(sys, "argv", ["program", "--say", "Who: me?", "null", "--say", "[1]"])
    run(program_of(TextsConfig), taken.append)
    assert taken == [TextsConfig(["Who: me?", "null", "[1]"])]


@dataclass(frozen=True)
class SwitchConfig:
    """Options.

    Args:
        loud: Whether to shout.
        number: Of times.
    """

    loud: bool = False
    number: int = 1


@pytest.mark.parametrize(
    ("flags", "loud"),
    [
        ([], False),
        (["--loud"], True),
        (["--loud", "true"], True),
        (["--loud=false"], False),
        (["--loud", "false"], False),
    ],
)
def test_a_switch_needs_no_value(flags: list[str], loud: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[SwitchConfig] = []
    monkeypatch.setattr(sys, "argv", ["program", *flags, "--number", "2"])
    run(program_of(SwitchConfig), taken.append)
    assert taken == [SwitchConfig(loud, 2)]


@pytest.mark.parametrize("name", ["reviews", "a b", "[bold]", "x.y", "東京", "~"])
def test_a_plain_name_passes(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "/", "a/", "../x", "./x", "caf\udce9"])
def test_a_name_that_leads_elsewhere_does_not(name: str) -> None:
    with pytest.raises(InputError, match=f"Received: {re.escape(repr(name))}"):
        plain_name(name)


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "pipelines" / "configs").glob("*.yaml")), ids=lambda path: path.stem
)
def test_a_shipped_config_is_one_of_the_program_that_it_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    program = re.search(rf"bert-keras (\w+) --config pipelines/configs/{path.name}", text)
    assert program is not None
    config = {"classify": ClassifyConfig, "answer": AnswerConfig}[program[1]](**yaml.safe_load(text))
    assert config.name == path.stem


class ResourceExhaustedError(Exception):
    """Stands in for TensorFlow's, which is imported late."""


def test_memory_that_does_not_suffice_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main(config: Config) -> None:
        raise ResourceExhaustedError("OOM when allocating tensor with shape[9]\nand more")

    assert ends(main) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "the memory of the device does not suffice (OOM when allocating tensor with shape[9])" in said


class UnimplementedError(Exception):
    """Stands in for TensorFlow's."""


@dataclass(frozen=True)
class Deterministic:
    """Options of a training.

    Args:
        deterministic: Whether bits are the same.
    """

    deterministic: bool = False


def test_an_op_that_a_gpu_cannot_do_deterministically_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main(config: Deterministic) -> None:
        raise UnimplementedError("Deterministic GPU implementation of an op is not there\nand more")

    with pytest.raises(SystemExit) as end:
        run(program_of(Deterministic), main, ["--deterministic"])
    assert end.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "leave --deterministic out (Deterministic GPU implementation of an op is not there)" in said
    with pytest.raises(UnimplementedError):
        ends(fail(UnimplementedError("Deterministic GPU implementation of an op is not there")))


def test_names_of_files_that_are_no_utf_8_can_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdout", shown)
    run(program_of(Config), lambda config: console.print("train\udce9.tsv"), [])
    with text_output("-") as rows:
        rows.write("dev\udce9.tsv")
    assert shown.buffer.getvalue() == b"train\\udce9.tsv\ndev\\udce9.tsv"  # type: ignore[attr-defined]
