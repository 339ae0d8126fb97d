import itertools
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import tensorflow as tf
from asked import questions, squad, write_squad
from mistakes import assert_told_in_a_line, nothing_written
from programs import call, start_process, write_table
from safetensors.numpy import load_file, save_file

from bert_keras import BertBackbone, TextClassifier

TRAINING = ("--train", "data/rows.tsv", "--dev", "data/rows.tsv", "--max_length", "16")
READER_DATA = ("--train", "data/good.json", "--dev", "data/good.json")
READER_TRAINING = (*READER_DATA, "--model", "start", "--precision", "float32")
QUESTION = ("--question", "what ?")
CONTEXT = ("--context", "data/text.txt")


def over(usual: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Flags in place of the usual ones of the same name."""
    kept = [(name, value) for name, value in zip(usual[::2], usual[1::2], strict=True) if name not in flags]
    return [*itertools.chain.from_iterable(kept), *flags]


@pytest.fixture
def folder(tmp_path: Path, start: Path) -> Path:
    """A folder with data, good and bad, a model to start from, and a SavedModel of something else."""
    (tmp_path / "start").symlink_to(start)
    write_table(tmp_path / "data" / "rows.tsv", ("text", "label"), ("good", "yes"), ("bad", "no"))
    write_table(tmp_path / "data" / "one_label.tsv", ("text", "label"), ("good", "yes"), ("bad", "yes"))
    write_table(tmp_path / "data" / "new_label.tsv", ("text", "label"), ("good", "yes"), ("bad", "[/] :smile:"))
    write_table(
        tmp_path / "data" / "pairs.tsv", ("premise", "hypothesis", "label"), ("a", "b", "yes"), ("c", "d", "no")
    )
    (tmp_path / "data" / "rows.csv").write_text("good,that it was,yes\nbad,it was not,no\n")
    write_table(tmp_path / "data" / "broken.tsv", ("text", "two\nlines"), ("good", "yes"))
    (tmp_path / "data" / "latin.txt").write_bytes(b"good\ncaf\xe9\n")
    (tmp_path / "data" / "broken.jsonl").write_text('{"text": "good"}\n{"text": \n')
    (tmp_path / "data" / "list.jsonl").write_text('["good"]')
    (tmp_path / "data" / "number.jsonl").write_text('{"text": 5}')
    (tmp_path / "data" / "surrogate.jsonl").write_text('{"text": "\\ud83d"}')
    (tmp_path / "data" / "deep.jsonl").write_text("[" * 100_000)
    length = tf.function(
        lambda words: {"length": tf.strings.length(words)}, input_signature=[tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(tf.Module(), str(tmp_path / "other" / "1"), signatures=length)
    return tmp_path


@pytest.fixture
def asked(folder: Path, reader: Path) -> Path:
    """The same folder with questions, good and bad, a trained reader, and a text to ask about."""
    (folder / "reader").symlink_to(reader)
    good, answerable = squad(8, 0), squad(8, 1, unanswerable=False)
    write_squad(folder / "data" / "good.json", good)
    write_squad(folder / "data" / "answerable.json", answerable)
    renamed = squad(4, 2)
    for _, _, entry in questions(renamed):
        entry["gold_answers"] = entry.pop("answers")
    write_squad(folder / "data" / "renamed.json", renamed)
    nowhere = squad(3, 3, unanswerable=False)
    for _, _, entry in questions(nowhere):
        entry["answers"] = [{"text": "nowhere", "answer_start": 0}]
    write_squad(folder / "data" / "nowhere.json", nowhere)
    (folder / "data" / "asks.jsonl").write_text('{"question": "what ?", "context": "good"}\n{"question": "what ?"}\n')
    (folder / "data" / "empty.json").touch()
    (folder / "data" / "empty.txt").write_text(" \n")
    (folder / "data" / "text.txt").write_text("the film was good")
    return folder


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--train", "none.tsv"], "none.tsv: cannot be read (No such file or directory)"),
        (["--dev", "data"], "data: files of several kinds in one folder. Received: "),
        (["--text_column", "[b]x[/b]"], "no column '[b]x[/b]'. Received: text, label; name it with --text_column"),
        (["--train", "data/one_label.tsv"], "at least two different labels are needed to train"),
        (
            ["--text_column", "text", "--pair_column", "text"],
            "text, pair and label are different columns. Received: 'text' twice",
        ),
        (
            ["--train", "data/pairs.tsv"],
            "data/rows.tsv, line 1: rows are pairs of texts, and no column has a usual name",
        ),
        (["--train", "data/rows.csv"], "Received: good, that it was, yes; does the file lack a header?"),
        (["--dev", "data/new_label.tsv"], "line 3: label '[/] :smile:' does not occur in training. Known: no, yes"),
        (["--train", "data/broken.tsv"], "no column with a usual name for the label. Received: text, 'two\\nlines';"),
        (["--model", "no_such_model"], "no_such_model: no folder and no known name"),
        (["--model", "data"], "data: "),
        (["--model", "start", "--max_length", "3"], "max_length must leave room"),
        (["--model", "start", "--max_length", "65"], "max_length is beyond the backbone's 64 positions. Received: 65"),
        (["--epochs", "0"], "epochs must be 1 or more. Received: 0"),
        (["--batch_size", "-1"], "batch_size must be 1 or more. Received: -1"),
        (["--learning_rate", ".nan"], "learning_rate must be a number above 0. Received: nan"),
        (["--seed", "-1"], "seed must be from 0 to 4294967295. Received: -1"),
        (["--model", "start", "--trainable", "top-9"], "trainable can be top-0 to top-1. Received: 'top-9'"),
        (["--model", "start", "--patience", "1", "--stop_metric", "speed"], "stop_metric must be one of"),
        (
            ["--model", "start", "--class_weights", "{maybe: 2}"],
            "class weights for labels that are not there. Received: ['maybe']; the labels are ['no', 'yes']",
        ),
        (["--name", "a/b"], "--name must be a plain name for a folder. Received: 'a/b'"),
        (["--name", ".."], "--name must be a plain name for a folder. Received: '..'"),
        (["--model", "start", "--runs", "data/rows.tsv"], "--runs data/rows.tsv: cannot be made, for "),
    ],
)
def test_a_mistake_in_a_training_is_told_in_a_line_and_nothing_is_written(
    folder: Path, flags: list[str], message: str
) -> None:
    with nothing_written(folder):
        assert_told_in_a_line(call("classify", *over(TRAINING, flags), cwd=folder), message)
        # Rows that were read need not be read again; nothing else is there that would pass for a run.
        assert {path.name.partition("-")[0] for path in folder.glob("runs/*/*")} <= {"encoded", ".lock", "config.yaml"}
        shutil.rmtree(folder / "runs", ignore_errors=True)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--train", "none.json"], "none.json: cannot be read (No such file or directory)"),
        (
            ["--dev", "data/rows.tsv"],
            "data/rows.tsv: questions are read from JSON, JSON lines, Parquet and Arrow, what",
        ),
        (["--dev", "data"], "data: files of several kinds in one folder. Received: "),
        (["--train", "data/empty.json"], "data/empty.json: the file is empty; expected JSON"),
        (
            ["--train", "data/renamed.json"],
            'data/renamed.json, article "[b]First[/b]", paragraph 2, id 2-1: no answers are read, and there is a key '
            '"gold_answers"; name it "answers": ',
        ),
        (["--train", "data/nowhere.json"], "data/nowhere.json: no questions to use. Received: 3 questions, left out: "),
        (["--dev", "data/broken.jsonl"], "data/broken.jsonl, line 1: no key"),
        (
            ["--train", "data/answerable.json"],
            "data/good.json: dev has questions without an answer, and data/answerable.json has none",
        ),
        (["--model", "no_such_model"], "no_such_model: no folder and no known name"),
        (["--max_length", "65"], "max_length is beyond the backbone's 64 positions. Received: 65"),
        (["--max_length", "8", "--window_overlap", "6"], "max_length must leave room for a question of"),
        (
            ["--adapt", "lora", "--trainable", "head"],
            "--adapt lora chooses itself what learns; leave --trainable out. Received: head",
        ),
        (["--adapt", "lora", "--rank", "0"], "--rank must be 1 or above. Received: 0"),
        (
            ["--adapters_over", "start"],
            "--adapters_over is of adapters; add --adapt lora, or leave it out. Received: start",
        ),
        (["--no_answer_windows", "1.5"], "--no_answer_windows must be from 0 to 1. Received: 1.5"),
        (["--null_threshold", ".inf"], "--null_threshold must be a number. Received: inf"),
        (["--n_best", "0"], "--n_best must be 1 or above. Received: 0"),
        (["--max_answer_tokens", "-1"], "--max_answer_tokens must be 1 or above. Received: -1"),
        (["--epochs", "0"], "epochs must be 1 or more. Received: 0"),
        (["--patience", "1", "--stop_metric", "accuracy"], "stop_metric must be one of"),
        (["--name", "a/b"], "--name must be a plain name for a folder. Received: 'a/b'"),
    ],
)
def test_a_mistake_in_a_readers_training_is_told_in_a_line_and_nothing_is_written(
    asked: Path, flags: list[str], message: str
) -> None:
    with nothing_written(asked):
        assert_told_in_a_line(call("answer", *over(READER_TRAINING, flags), cwd=asked), message)
        assert {path.name for path in asked.glob("runs/*/*")} <= {".lock", "config.yaml"}
        shutil.rmtree(asked / "runs", ignore_errors=True)


@pytest.mark.parametrize(
    ("model", "flags", "message"),
    [
        ("reader", [*QUESTION], "--question needs --context: ask with --question"),
        ("reader", [*CONTEXT], "--context needs --question: ask with --question"),
        ("reader", ["--question", " ", *CONTEXT], "--question must be a text that asks something. Received: ' '"),
        ("reader", ["--question", "a ?", "", *CONTEXT], "--question must be a text that asks something. Received: ''"),
        ("reader", ["--question", "\udcff", *CONTEXT], "--question must be a text that asks something."),
        ("reader", [*QUESTION, "--context", "none.txt"], "none.txt: cannot be read (No such file or directory)"),
        ("reader", [*QUESTION, "--context", "data"], "data: a folder"),
        (
            "reader",
            [*QUESTION, "--context", "data/empty.txt"],
            "data/empty.txt: the file is empty; --context names the text",
        ),
        (
            "reader",
            [*QUESTION, "--context", "data/latin.txt"],
            "data/latin.txt, line 2: not UTF-8. Received: byte 0xe9",
        ),
        ("none", [*QUESTION, *CONTEXT], "none: no folder and no known name"),
        ("start", [*QUESTION, *CONTEXT], "start: labels texts, and answers no questions; leave --question"),
        (
            "reader",
            [*QUESTION, *CONTEXT, "--input", "data/good.json"],
            "--question asks about --context, and --input holds questions of its own; leave one of them out",
        ),
        (
            "reader",
            [],
            'reader: answers questions, and there are none; give --question "…" --context FILE, '
            "or --input with a .json file",
        ),
        ("reader", ["--input", "data/rows.tsv"], "reader: answers questions, and there are none;"),
        ("reader", ["--input", "data/text.txt"], "reader: answers questions, and there are none;"),
        ("reader", ["--input", "none.json"], "none.json: cannot be read (No such file or directory)"),
        ("reader", ["--input", "data/empty.json"], "data/empty.json: the file is empty; expected JSON"),
        ("reader", ["--input", "data/asks.jsonl"], "data/asks.jsonl, line 2: no key"),
        ("reader", ["--input", "data/labels.jsonl"], "data/labels.jsonl, line 1: no key"),
        (
            "start",
            ["--null_threshold", "0"],
            "start: leave --null_threshold out, for the model is no reader. Received: 0.0",
        ),
    ],
)
def test_a_mistake_in_asking_is_told_in_a_line_and_nothing_is_written(
    asked: Path, model: str, flags: list[str], message: str
) -> None:
    (asked / "data" / "labels.jsonl").write_text('{"text": "good"}')
    with nothing_written(asked):
        ended = call("predict", "--model", model, *flags, cwd=asked, stdin=b"good")
    assert_told_in_a_line(ended, message)
    assert ended.out == ""


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model", "none"], "none: no folder and no known name"),
        (
            ["--model", "other"],
            "other/1: not the export of a classifier. Received: inputs ['words'], outputs ['length']",
        ),
        (["--model", "other/1"], "other/1: not the export of a classifier"),
        (["--input", "none.tsv"], "none.tsv: cannot be read (No such file or directory)"),
        (["--input", "none.txt"], "none.txt: cannot be read (No such file or directory)"),
        (["--input", "data"], "data: "),
        (
            ["--input", "data/rows.tsv", "--pair_column", "other"],
            "start: the model takes single texts, and reads no second ones; leave --pair_column out. Received: other",
        ),
        (["--input", "data/rows.tsv", "--text_column", "other"], "no column 'other'. Received: text, label;"),
        (["--text_column", "other"], "standard input has a text per line, and no columns; name a file with --input."),
        (
            ["--input", "data/latin.txt"],
            "data/latin.txt, line 2: not UTF-8. Received: byte 0xe9; save the file as UTF-8",
        ),
        (["--input", "data/broken.jsonl"], "data/broken.jsonl, line 2: no valid JSON ("),
        (["--input", "data/list.jsonl"], 'data/list.jsonl, line 1: a JSON object expected. Received: ["good"]'),
        (["--input", "data/number.jsonl"], "data/number.jsonl, line 1: a text expected. Received: 5"),
        (["--input", "data/surrogate.jsonl"], "data/surrogate.jsonl, line 1: no valid JSON ("),
        (["--input", "data/deep.jsonl"], "data/deep.jsonl, line 1: no valid JSON ("),
        (["--token_budget", "0"], "token_budget must be"),
        (["--input", "data/rows.tsv", "--output", "data"], "Is a directory"),
        (["--input", "data/rows.tsv", "--output", "data/rows.tsv/x"], "data/rows.tsv: "),
    ],
)
def test_a_mistake_in_a_prediction_is_told_in_a_line_and_nothing_is_written(
    folder: Path, flags: list[str], message: str
) -> None:
    with nothing_written(folder):
        ended = call("predict", "--model", "start", *flags, cwd=folder, stdin=b"good")
    assert_told_in_a_line(ended, message)
    assert ended.out == ""


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model", "none"], "none: no folder and no known name"),
        (["--model", "backbone"], "there is no trained classifier in it"),
        (["--name", "../x"], "--name must be a plain name for a folder. Received: '../x'"),
        (["--model", ".."], "--name must be a plain name for a folder. Received: '..'"),
        (["--max_length", "0"], "max_length must leave room"),
        (["--n_best", "0"], "--n_best must be 1 or above. Received: 0"),
        (["--n_best", "3"], "start: the model labels texts, and has no n_best; leave --n_best out. Received: 3"),
        (
            ["--null_threshold", "0"],
            "start: the model labels texts, and has no null_threshold; leave --null_threshold out. Received: 0.0",
        ),
        (["--null_threshold", ".nan"], "--null_threshold must be a number. Received: nan"),
        (["--pairs"], "start: the model takes single texts; leave --pairs out. Received: True"),
        (
            ["--model", "reader", "--pairs", "true"],
            "reader: the model answers questions, and has no pairs; leave --pairs out",
        ),
        (["--compare", "gone.txt"], "gone.txt: cannot be read (No such file or directory)"),
        (["--saved_models", "data/rows.tsv"], "--saved_models data/rows.tsv: cannot be made, for "),
    ],
)
def test_a_mistake_in_an_export_is_told_in_a_line_and_nothing_is_written(
    folder: Path, reader: Path, build_classifier: Callable[..., TextClassifier], flags: list[str], message: str
) -> None:
    hugging_face_without_head(folder / "backbone", build_classifier)
    (folder / "reader").symlink_to(reader)
    with nothing_written(folder):
        ended = call("export", "--model", "start", *flags, cwd=folder)
    assert_told_in_a_line(ended, message)
    assert ended.out == ""


def hugging_face_without_head(folder: Path, build_classifier: Callable[..., TextClassifier]) -> None:
    from bert_keras.checkpoints import save_hugging_face

    save_hugging_face(build_classifier(backbone={"num_layers": 1}), folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}))
    path = folder / "model.safetensors"
    save_file({name: tensor for name, tensor in load_file(path).items() if "classifier" not in name}, path)
    assert BertBackbone.from_preset(str(folder)).num_layers == 1


@pytest.mark.parametrize(
    ("program", "flags", "named"),
    [
        ("classify", [*TRAINING, "--epochs", "three"], "epochs"),
        ("classify", [*TRAINING, "--precision", "float8"], "precision"),
        ("classify", [*TRAINING, "--overwrite", "perhaps"], "overwrite"),
        ("classify", [*TRAINING, "--epcohs", "3"], "--epcohs"),
        ("classify", ["--dev", "data/rows.tsv"], "train"),
        ("classify", ["--config", "none.yaml"], "none.yaml"),
        ("predict", [], "model"),
        ("predict", ["--model", "start", "--token_budget", "1.5"], "token_budget"),
        ("predict", ["--model", "start", "--null_threshold", ".nan"], "--null_threshold must be a number"),
        ("visualize", ["--model", "start", "--null_threshold", ".nan"], "--null_threshold must be a number"),
        ("answer-over", ["data", "--null_threshold", ".nan"], "--null_threshold must be a number"),
        ("export", ["--model", "start", "--pairs", "maybe"], "pairs"),
        ("answer", ["--train", "data/good.json"], "dev"),
        ("answer", ["--train", "x", "--dev", "x", "--answers", "all"], "answers"),
    ],
)
def test_a_wrong_flag_is_named(folder: Path, program: str, flags: list[str], named: str) -> None:
    ended = call(program, *flags, cwd=folder)
    assert (ended.status, ended.out) == (2, "")
    assert "error: " in ended.err
    assert named in ended.err.partition("error: ")[2]


def test_a_wrong_option_in_a_config_is_named(folder: Path) -> None:
    (folder / "config.yaml").write_text("train: data/rows.tsv\ndev: data/rows.tsv\nepcohs: 3\n")
    ended = call("classify", "--config", "config.yaml", cwd=folder)
    assert ended.status == 2
    assert "epcohs" in ended.err


@pytest.mark.parametrize("arguments", [["-m", "pipelines.classify"], ["-m", "bert_keras", "classify"]])
def test_a_process_says_nothing_but_the_error(folder: Path, arguments: list[str]) -> None:
    ended = start_process([*arguments, *TRAINING, "--model", "no_such_model"], cwd=folder)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: no_such_model: no folder and no known name. ")
    assert ended.err.count("\n") == 1
