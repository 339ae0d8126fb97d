"""Options that would do nothing are refused, or it is said that they change nothing."""

import importlib
import json
from pathlib import Path

import pytest
from programs import folder_of

from bert_keras.errors import InputError
from pipelines.classify.config import ClassifyConfig
from pipelines.classify.told_files import told_annotators
from pipelines.command_line.parser import parse
from pipelines.tag.config import TagConfig
from pipelines.tag.data import TagData
from pipelines.training.idle import said_idle

FILES = ("--train", "a", "--dev", "b")


def config_of(name: str, *flags: str) -> object:
    program = importlib.import_module(f"pipelines.{folder_of(name)}.config").PROGRAM
    return program.config(**parse(program, flags))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("pretrain", *FILES, "--dev_share", "0.2"), "--dev_share is held out of --train where there is no --dev"),
        (("audit", "--train", "a", "--epochs", "5"), "--epochs is of a training, and nothing is trained without"),
        (
            ("classify", *FILES, "--label_separator", ";"),
            "--label_separator is for --task multi_label",
        ),
        (("classify", *FILES, "--task", "regression", "--merge_labels"), "--merge_labels is for labels"),
        (("classify", *FILES, "--calibrate", "none", "--wanted_precision", "0.9"), "--wanted_precision is found by"),
        (
            ("classify", *FILES, "--teacher", "t", "--teacher_weight", "1", "--label_smoothing", "0.1"),
            "--label_smoothing is of labels, which --teacher_weight 1 leaves out",
        ),
        (("embed", "--input", "a", "--output", "a.npy", "--query_prompt", "q"), "--query_prompt stands before each"),
        (("embed", "--vectors", "a.npy", "--query", "a", "--prompt", "p"), "--prompt stands before the texts"),
        (("predict", "--model", "m", "--separator", ";"), "--separator is of files with columns"),
        (("predict", "--model", "m", "--input", "a", "--block_rows", "5"), "--block_rows is for many processes"),
        (("visualize", "--model", "m", "--text", "a", "--limit", "3"), "--limit is about --input"),
        (("visualize", "--model", "m", "--text", "a", "--layers", "1"), "--layers is for --embeddings and --figures"),
        (("visualize", "--model", "m", "--port", "7000"), "--port is that of TensorBoard, which --open starts"),
        (("answer-over", "docs", "--candidates", "2"), "--candidates stand in the lines of --output"),
        (("answer-over", "docs", "--retrieve", "words", "--embed_seconds", "1"), "--embed_seconds is for sentence vec"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(command: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as told:
        config_of(*command)
    assert str(told.value).startswith(message)
    flag = next(part for part in reversed(command) if part.startswith("--"))
    assert f"Received: {flag} " in str(told.value) and "\n" not in str(told.value)


def test_options_of_adapters_and_workers_that_change_nothing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    said = list(said_idle(ClassifyConfig("a", "b", rank=4, gradient_type="bfloat16", join_seconds=9)))
    assert [line.partition(" ")[0] for line in said] == ["--rank", "--gradient_type", "--join_seconds"]
    assert not list(said_idle(ClassifyConfig("a", "b", rank=4, adapt="lora", gradient_type="bfloat16", workers=2)))


def test_a_choice_among_annotators_that_no_file_has_is_said() -> None:
    (line,) = told_annotators("all", [])
    assert line.startswith("--annotators is about exports of annotation tools")
    assert not list(told_annotators("majority", []))


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({"word_column": 2}, json.dumps({"text": "a b", "label": [[0, 1, "X"]]})),
        ({"tag_column": 2}, json.dumps({"text": "a b", "label": [[0, 1, "X"]]})),
        ({"text_column": "body"}, "a B-X\nb O\n"),
    ],
)
def test_a_column_of_files_that_are_not_there_is_refused(
    given: dict[str, object], content: str, tmp_path: Path
) -> None:
    path = tmp_path / "train.txt"
    path.write_text(f"{content}\n", encoding="utf-8")
    if "text_column" not in given:
        path = path.rename(tmp_path / "train.jsonl")
    with pytest.raises(InputError, match=f"--{next(iter(given))} is about files of .*, and no file is one"):
        TagData(TagConfig(str(path), str(path), **given))
