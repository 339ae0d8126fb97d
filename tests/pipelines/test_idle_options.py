"""Options that would do nothing are refused, or it is said that they change nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from mistakes import assert_told_in_a_line
from programs import call, program_of

from bert_keras.errors import InputError
from pipelines.audit.config import AuditConfig
from pipelines.classify.config import ClassifyConfig
from pipelines.command_line.idle_options import said_of_idle
from pipelines.command_line.idle_reading import told_annotators
from pipelines.command_line.parser import parse
from pipelines.serve.config import IDLE as SERVER
from pipelines.tag.config import TagConfig
from pipelines.tag.data import TagData
from pipelines.training.idle import said_idle

FILES = ("--train", "a", "--dev", "b")


def config_of(name: str, *flags: str) -> object:
    program = program_of(name)
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
        (
            ("predict", "--model", "m", "--question", "q", "--context", "c", "--text_column", "t"),
            "--text_column is of files with columns, and --question asks about --context",
        ),
        (("embed", "--input", "a", "--output", "a.npy", "--top", "3"), "--top is the number of rows that --query and"),
        (("export", "--model", "m", "--signatures", "token_ids", "--compare", "c"), "--compare compares answers to st"),
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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stop_metric": "loss", "keep": "last"}, ["--stop_metric"]),
        ({"stop_metric": "loss", "keep": "last", "patience": 1}, []),
        ({"stop_metric": "loss"}, []),
        ({"patience": 3}, ["--patience"]),
        ({"patience": 2}, []),
        ({"layer_decay": 0.9, "trainable": "head"}, ["--layer_decay"]),
        ({"layer_decay": 0.9, "trainable": "top-1"}, []),
    ],
)
def test_options_of_learning_that_change_nothing_are_said(given: dict[str, Any], said: list[str]) -> None:
    assert [line.partition(" ")[0] for line in said_idle(ClassifyConfig("a", "b", **given))] == said


def test_options_of_the_server_that_have_no_effect_are_said() -> None:
    base = ("serve", "--model_base_path", "m")
    waits = ("--model_config_file_poll_wait_seconds", "5")
    assert list(said_of_idle(config_of(*base, *waits), SERVER)) == [
        "--model_config_file_poll_wait_seconds is about --model_config_file, and has no effect without it"
    ]
    assert not list(said_of_idle(config_of("serve", "--model_config_file", "m", *waits), SERVER))
    assert (
        len(list(said_of_idle(config_of(*base, "--rest_api_port", "0", "--monitoring_config_file", "m"), SERVER))) == 1
    )


@pytest.fixture
def files(tmp_path: Path, start: Path, reader: Path) -> Path:
    """A folder with a classifier, a reader, rows in JSON lines and in a table, and questions."""
    (tmp_path / "start").symlink_to(start)
    (tmp_path / "reader").symlink_to(reader)
    rows = [{"text": "the film", "label": label} for label in ("negative", "positive") * 4]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "lines.txt").write_text("the film\n", encoding="utf-8")
    (tmp_path / "rows.csv").write_text("text;label\nthe film;negative\n", encoding="utf-8")
    asked = {"question": "what ?", "context": "the film was good"}
    (tmp_path / "asked.jsonl").write_text(json.dumps(asked) + "\n", encoding="utf-8")
    return tmp_path


SPLITS = ("--train", "rows.jsonl", "--dev", "rows.jsonl")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("classify", *SPLITS, "--model", "start", "--separator", ";"), "--separator is about delimited text"),
        (("audit", "--train", "rows.jsonl", "--model", "start", "--dialect", "csv"), "--dialect is about delimited"),
        (("predict", "--model", "start", "--input", "rows.jsonl", "--dialect", "csv"), "--dialect is about delimited"),
        (("predict", "--model", "start", "--input", "lines.txt", "--separator", ";"), "--separator is about delimited"),
        (("suggest", "--input", "lines.txt", "--output", "s.tsv", "--separator", ";"), "--separator is about delim"),
        (("predict", "--model", "reader", "--input", "asked.jsonl", "--text_column", "t"), "--text_column is of texts"),
        (
            ("visualize", "--model", "reader", "--input", "asked.jsonl", "--separator", ";"),
            "--separator is of texts",
        ),
        (("visualize", "--model", "start", "--input", "rows.jsonl", "--separator", ";"), "--separator is about delim"),
        (("pretrain", *SPLITS, "--model", "start", "--documents", "line"), "--documents cuts txt, md, html and pdf"),
    ],
)
def test_an_option_of_files_that_are_not_there_is_refused(command: tuple[str, ...], message: str, files: Path) -> None:
    assert_told_in_a_line(call(*command, cwd=files), f"error: {message}")


def test_an_option_of_a_file_that_is_there_counts(files: Path) -> None:
    ended = call("predict", "--model", "start", "--input", "rows.csv", "lines.txt", "--separator", ";", cwd=files)
    assert (ended.status, ended.out.count('"text": "the film"')) == (0, 2), ended.err


def test_a_choice_among_annotators_that_no_file_has_is_said() -> None:
    for config in (ClassifyConfig, AuditConfig):
        (line,) = told_annotators(config("a", "b", annotators="all"), [])
        assert line.startswith("--annotators is about exports of annotation tools")
        assert not list(told_annotators(config("a", "b"), []))


def test_an_audit_says_that_a_choice_among_annotators_changes_nothing(files: Path) -> None:
    (files / "rows.csv").write_text("text,label\n" + "the film,a\nthe play,b\n" * 5, encoding="utf-8")
    ended = call("audit", "--train", "rows.csv", "--model", "start", "--annotators", "all", "--folds", "2", cwd=files)
    assert "--annotators is about exports of annotation tools" in ended.out, ended.err


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
