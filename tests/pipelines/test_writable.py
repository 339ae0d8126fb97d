"""What cannot be written in the end is told before anything is computed."""

import os
from pathlib import Path

import pytest
from mistakes import assert_told_in_a_line, nothing_written
from programs import call, program_of

from bert_keras.errors import InputError
from pipelines.command_line.options import options_of
from pipelines.command_line.run import run
from pipelines.command_line.writable import check_writable

WRITTEN = {
    "answer-over": {"output"},
    "audit": {"runs", "output"},
    "behave": {"output"},
    "classify": {"runs", "saved_models"},
    "compare": {"output"},
    "deploy": {"out"},
    "embed": {"output", "page", "projector"},
    "export": {"saved_models"},
    "slices": {"output"},
    "suggest": {"output"},
    "visualize": {"logdir", "html", "figures"},
}


@pytest.mark.parametrize("name", WRITTEN)
def test_options_of_what_is_written_are_marked(name: str) -> None:
    options = options_of(program_of(name).config)
    assert {option.name for option in options.values() if option.written} == WRITTEN[name]


def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "rows.txt").write_text("text,label\na,b\n", encoding="utf-8")
    data = ("--train", "rows.txt", "--dev", "rows.txt", "--saved_models", "file/x")
    with nothing_written(tmp_path):
        ended = call("classify", *data, cwd=tmp_path)
    assert_told_in_a_line(ended, f"--saved_models file/x: cannot be made, for {tmp_path}/file is a file; name another")


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_writable("output", "new/folder/rows.tsv", is_folder=False)
    check_writable("output", "-", is_folder=False)
    check_writable("output", "/dev/null", is_folder=False)
    assert os.listdir(tmp_path) == []
    with pytest.raises(InputError, match=r"--output \.: a folder is there, and a file is to be written"):
        check_writable("output", ".", is_folder=False)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    for named in ("rows.tsv", "new/rows.tsv"):
        with pytest.raises(InputError, match=f"--output {named}: cannot be written, for {tmp_path} may not be written"):
            check_writable("output", named, is_folder=False)


def test_a_full_disk_is_not_told_as_memory(capsys: pytest.CaptureFixture[str]) -> None:
    program = program_of("deploy")

    def full(config: object) -> None:
        raise RuntimeError("saved_model.pb; No space left on device")

    with pytest.raises(SystemExit) as ended:
        run(program, full, ["name"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "error: a file cannot be written: No space left on device (saved_model.pb; No space left on device)\n"
    )
