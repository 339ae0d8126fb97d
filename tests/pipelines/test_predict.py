import gzip
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mistakes import assert_told_in_a_line
from programs import LABELS, Workspace, call, write_table

from bert_keras import TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.serving import export

TEXTS = ["the film was good", "bad , [bold red]x[/]", '{"text": "cafe"} :smile:', "[SEP] ../x good", "cafe\u2028the 2"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The texts in a file of each kind."""
    folder = tmp_path_factory.mktemp("inputs")
    write_table(folder / "texts.tsv", ("id", "text"), *((str(place), text) for place, text in enumerate(TEXTS)))
    (folder / "texts.txt").write_bytes("\ufeff".encode() + "\r\n".join(TEXTS).encode() + b"\r\n")
    lines = [json.dumps({"id": place, "text": text}) for place, text in enumerate(TEXTS)]
    (folder / "texts.jsonl").write_text("\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:]), encoding="utf-8")
    return folder


def answers(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.removesuffix("\n").split("\n")] if out else []


def predict(
    workspace: Workspace, *flags: object, model: str = "runs/reviews", stdin: bytes = b""
) -> list[dict[str, Any]]:
    ended = call("predict", "--model", model, *flags, cwd=workspace.folder, stdin=stdin)
    assert ended.status == 0, ended.err
    said = ended.err.splitlines()  # which columns are read
    assert all(": reads text " in line or " there and not used: " in line for line in said), ended.err
    return answers(ended.out)


@pytest.fixture(scope="module")
def expected(workspace: Workspace) -> list[dict[str, Any]]:
    """What the model says to the texts."""
    said = TextClassifier.from_preset(str(workspace.run)).classify(TEXTS)
    return [
        {"text": text, "label": answer.label, "probability": answer.probability, "probabilities": answer.probabilities}
        for text, answer in zip(TEXTS, said, strict=True)
    ]


def assert_same(received: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(received) == len(expected)
    for one, other in zip(received, expected, strict=True):
        assert list(one) == list(other)
        assert (one["text"], one["label"]) == (other["text"], other["label"])
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)


@pytest.mark.parametrize(
    "model", ["runs/reviews", "runs/reviews/model", "saved_models/reviews", "saved_models/reviews/1"]
)
def test_a_model_says_the_same_in_whatever_form_it_is_named(
    workspace: Workspace, inputs: Path, expected: list[dict[str, Any]], model: str
) -> None:
    assert_same(predict(workspace, "--input", inputs / "texts.tsv", model=model), expected)
    labels = [LABELS[word] for word in ("good", "bad", "cafe", "good", "cafe")]
    assert [answer["label"] for answer in expected] == labels


@pytest.mark.parametrize("name", ["texts.tsv", "texts.txt", "texts.jsonl"])
def test_every_kind_of_file_gives_the_same_answers_in_order(
    workspace: Workspace, inputs: Path, expected: list[dict[str, Any]], name: str
) -> None:
    assert_same(predict(workspace, "--input", inputs / name), expected)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_standard_input_gives_the_same_answers_in_order(
    workspace: Workspace, expected: list[dict[str, Any]], end: str
) -> None:
    assert_same(predict(workspace, stdin=("\ufeff" + end.join(TEXTS)).encode()), expected)


@pytest.mark.parametrize("model", ["runs/reviews", "saved_models/reviews"])
def test_empty_lines_broken_utf_8_and_long_lines_get_an_answer_each(workspace: Workspace, model: str) -> None:
    stdin = b"\ngood \xff\xfe film\n\n a \rb \x00\n" + b"bad " * 5000 + b"\n"
    received = predict(workspace, model=model, stdin=stdin)
    assert [answer["text"] for answer in received] == ["", "good \ufffd\ufffd film", "", " a \rb \x00", "bad " * 5000]
    for answer in received:
        assert answer["label"] in LABELS.values()
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert received[0] | {"probability": 0} == received[2] | {"probability": 0}


@pytest.mark.parametrize("model", ["runs/reviews", "saved_models/reviews"])
def test_nothing_in_gives_nothing_out(workspace: Workspace, tmp_path: Path, model: str) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "header.tsv").write_text("text\n")
    for name in ("empty.txt", "header.tsv"):
        assert predict(workspace, "--input", tmp_path / name, model=model) == []
    assert predict(workspace, model=model, stdin=b"") == []


@pytest.mark.parametrize("to_stdin", [True, False])
def test_answers_beyond_one_chunk_keep_their_order(workspace: Workspace, tmp_path: Path, to_stdin: bool) -> None:
    texts = [" ".join(["good"] * (place * 7 % 13)) + f" é{place}" for place in range(600)]
    content = "\n".join(texts).encode()
    (tmp_path / "texts.txt").write_bytes(content)
    given = {"stdin": content} if to_stdin else {}
    received = predict(
        workspace, *([] if to_stdin else ["--input", tmp_path / "texts.txt"]), "--token_budget", 64, **given
    )
    assert [answer["text"] for answer in received] == texts


def test_columns_are_named_and_rows_without_text_get_an_answer_too(workspace: Workspace, tmp_path: Path) -> None:
    write_table(tmp_path / "rows.tsv", ("text", "note"), ("good", "bad"), ("bad", ""), ("", "cafe"))
    received = predict(workspace, "--input", tmp_path / "rows.tsv", "--text_column", "note")
    assert [answer["text"] for answer in received] == ["bad", "", "cafe"]


def test_several_files_and_patterns_are_read_one_after_the_other(
    workspace: Workspace, inputs: Path, tmp_path: Path
) -> None:
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"text": "good"}\n{"text": null}\n')
    (tmp_path / "b1.txt").write_text("bad\ncafe\n")
    (tmp_path / "b2.txt").write_text("film")
    (tmp_path / "empty.txt").touch()
    names = [str(tmp_path / name) for name in ("b*.txt", "a.jsonl.gz", "empty.txt", "b2.txt")]
    received = predict(workspace, "--input", json.dumps(names))
    assert [answer["text"] for answer in received] == ["bad", "cafe", "film", "good", "", "film"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.txt", None, "none.txt: cannot be read (No such file or directory)"),
        ("none-*.txt", None, "none-*.txt: no file fits this pattern"),
        ("wrong.jsonl", '{"text": 3}\n', "wrong.jsonl, line 1: a text expected. Received: 3"),
        ("columns.tsv", "id\tnote\n1\tgood\n", "columns.tsv, line 1: no column with a usual name for the text"),
        ("latin.txt", b"good\nb\xe9\n", "latin.txt, line 2: not UTF-8"),
    ],
)
def test_a_wrong_file_is_told_before_a_model_is_loaded(name: str, content: Any, problem: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "no_model").mkdir()
    ended = call("predict", "--model", "no_model", "--input", tmp_path / name, cwd=tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert problem in ended.err
    assert ended.err.count("\n") == 1


def test_a_text_is_answered_before_the_next_one_arrives(workspace: Workspace) -> None:
    command = [sys.executable, "-m", "pipelines.predict", "--model", "runs/reviews"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=workspace.folder, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None and process.stdout is not None
        for text in (b"good", b"bad"):
            process.stdin.write(text + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text.decode()
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"labels": ["a", "b"], "task": "multi_label"}, ["text", "labels", "probabilities"]),
        ({"task": "regression"}, ["text", "score"]),
    ],
)
def test_models_of_other_tasks_give_what_they_answer(
    settings: dict[str, Any],
    names: list[str],
    build_classifier: Callable[..., TextClassifier],
    workspace: Workspace,
    tmp_path: Path,
) -> None:
    classifier = build_classifier(**({"labels": []} | settings))
    classifier.save_to_preset(str(tmp_path / "model"))
    received = predict(workspace, model=str(tmp_path / "model"), stdin=b"good\nbad\n")
    assert [list(answer) for answer in received] == [names, names]
    for row, answer in zip(received, classifier.classify(["good", "bad"]), strict=True):
        if settings["task"] == "regression":
            assert row["score"] == pytest.approx(answer.score, abs=1e-6)
        else:
            assert row["labels"] == list(answer.labels)
            assert row["probabilities"] == pytest.approx(answer.probabilities, abs=1e-6)


@pytest.fixture(scope="module")
def pairs(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a preset that takes pairs, its export, and the same model as a Hugging Face folder."""
    folder = tmp_path_factory.mktemp("pairs")
    classifier = build_classifier(pairs=True)
    classifier.save_to_preset(str(folder / "preset"))
    save_hugging_face(classifier, folder / "hugging_face")
    export(TextClassifier.from_preset(str(folder / "preset"), dtype="float32"), folder / "exported")
    return folder


PAIRS = [("good", "film"), ("bad", ""), ("not a film", "the play was bad")]
FORMS = ("preset", "exported", "hugging_face")


def test_a_model_of_pairs_reads_them_from_any_columns_that_belong_together(pairs: Path, tmp_path: Path) -> None:
    expected = [
        {"text": row[0], "pair": row[1], "label": answer.label}
        for row, answer in zip(PAIRS, TextClassifier.from_preset(str(pairs / "preset")).classify(PAIRS), strict=True)
    ]
    write_table(tmp_path / "named.tsv", ("first", "second"), *PAIRS)
    write_table(tmp_path / "usual.tsv", ("hypothesis", "premise"), *((second, first) for first, second in PAIRS))
    (tmp_path / "pairs.jsonl").write_text("".join(f"{json.dumps({'pair': b, 'text': a})}\n" for a, b in PAIRS))
    for form in FORMS:
        for name, columns, flags in (
            ("named.tsv", "text 'first', pair 'second'", ["--text_column", "first", "--pair_column", "second"]),
            ("usual.tsv", "text 'premise', pair 'hypothesis'", ["--pair_column", "hypothesis"]),
            ("usual.tsv", "text 'premise', pair 'hypothesis'", []),
            ("pairs.jsonl", "text 'text', pair 'pair'", []),
        ):
            if form == "hugging_face" and not flags:
                continue  # which does not say that it takes pairs
            ended = call("predict", "--model", pairs / form, "--input", name, *flags, cwd=tmp_path)
            assert (ended.status, ended.err) == (0, f"{name}: reads {columns}\n")
            assert [{key: row[key] for key in expected[0]} for row in answers(ended.out)] == expected


@pytest.mark.parametrize("model", ["runs/reviews", "runs/reviews/model", "saved_models/reviews"])
@pytest.mark.parametrize("names", [("text", "pair"), ("sentence1", "sentence2"), ("text", "hypothesis")])
def test_a_model_of_single_texts_never_reads_second_ones(
    workspace: Workspace, expected: list[dict[str, Any]], tmp_path: Path, model: str, names: tuple[str, str]
) -> None:
    write_table(tmp_path / "rows.tsv", names, *((text, "the film was bad") for text in TEXTS))
    ended = call("predict", "--model", model, "--input", tmp_path / "rows.tsv", cwd=workspace.folder)
    assert ended.status == 0
    assert ended.err == (
        f"{tmp_path}/rows.tsv: reads text '{names[0]}'\n"
        f"{tmp_path}/rows.tsv: '{names[1]}' is there and not used: the model takes single texts\n"
    )
    assert_same(answers(ended.out), expected)
    flags = ["--input", tmp_path / "rows.tsv", "--pair_column", names[1]]
    assert_told_in_a_line(
        call("predict", "--model", model, *flags, cwd=workspace.folder),
        f"{model}: the model takes single texts, and reads no second ones; leave --pair_column out. "
        f"Received: {names[1]}",
    )


def test_a_model_that_does_not_say_reads_second_texts_where_their_column_is_named(pairs: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "rows.tsv", ("text", "pair"), *PAIRS)
    ended = call("predict", "--model", pairs / "hugging_face", "--input", "rows.tsv", cwd=tmp_path)
    assert (ended.status, [list(row)[:2] for row in answers(ended.out)]) == (0, [["text", "label"]] * 3)
    assert ended.err == (
        "rows.tsv: reads text 'text'\n"
        "rows.tsv: 'pair' is there and not used: --pair_column pair\n"
        f"rows.tsv: {pairs}/hugging_face does not say whether it takes pairs of texts; single ones are read\n"
    )


@pytest.mark.parametrize("form", ["preset", "exported"])
def test_a_model_of_pairs_refuses_single_texts(pairs: Path, tmp_path: Path, form: str) -> None:
    write_table(tmp_path / "rows.tsv", ("text", "label"), ("good", "x"))
    (tmp_path / "rows.txt").write_text("good\n")
    model = pairs / form
    told = {
        ("--input", "rows.tsv"): "rows.tsv, line 1: rows are pairs of texts, and no column has a usual name for those "
        "beside 'text'. Received: text, label; name it with --pair_column",
        (
            "--input",
            "rows.txt",
        ): f"{model}: the model takes pairs of texts; name a table or JSON lines with both columns, "
        "--input FILE. Received: rows.txt has a text per line",
        (): f"{model}: the model takes pairs of texts; name a table or JSON lines with both columns, --input FILE. "
        "Received: standard input, which has a text per line",
    }
    for flags, message in told.items():
        ended = call("predict", "--model", model, *flags, cwd=tmp_path, stdin=b"good\n")
        assert (ended.status, ended.out, ended.err) == (2, "", f"error: {message}\n")


def test_a_file_of_any_name_is_a_table_where_a_column_is_named(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("id\tnote\n1\tgood\n2\tbad\n")
    received = predict(workspace, "--input", tmp_path / "rows.txt", "--text_column", "note")
    assert [answer["text"] for answer in received] == ["good", "bad"]


def test_columns_are_said_once_for_files_that_are_alike(workspace: Workspace, tmp_path: Path) -> None:
    for name, header in (("a.tsv", "text"), ("b.tsv", "text"), ("c.tsv", "review")):
        write_table(tmp_path / name, (header, "label"), ("good", "x"))
    ended = call("predict", "--model", "runs/reviews", "--input", tmp_path / "*.tsv", cwd=workspace.folder)
    assert ended.err == f"{tmp_path}/a.tsv: reads text 'text'\n{tmp_path}/c.tsv: reads text 'review'\n"


def test_a_file_is_written_whole_in_utf_8(
    workspace: Workspace, inputs: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    output = tmp_path / "new" / "answers.jsonl"
    assert predict(workspace, "--input", inputs / "texts.tsv", "--output", output) == []
    content = output.read_bytes().decode("utf-8")
    assert_same(answers(content), expected)
    assert LABELS["cafe"] in content
    assert [path.name for path in output.parent.iterdir()] == ["answers.jsonl"]


def test_a_mistake_half_way_leaves_the_file_that_was_there(workspace: Workspace, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [*({"text": "good"} for _ in range(100)), {"text": ["no", "text"]}]
    (tmp_path / "mixed.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "answers.jsonl").write_text("before")
    flags = ["--input", tmp_path / "mixed.jsonl", "--output", tmp_path / "answers.jsonl"]
    ended = call("predict", "--model", "runs/reviews", *flags, cwd=workspace.folder)
    assert ended.status == 2
    assert ended.err == f"error: {tmp_path / 'mixed.jsonl'}, line 101: a text expected. Received: ['no', 'text']\n"
    assert (tmp_path / "answers.jsonl").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl", "mixed.jsonl"]


def test_a_device_is_written_to_and_not_replaced(workspace: Workspace, inputs: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert predict(workspace, "--input", inputs / "texts.tsv", "--output", pipe) == []
        assert pipe.is_fifo()
        assert [answer["text"] for answer in answers(os.read(reader, 65536).decode())] == TEXTS
    finally:
        os.close(reader)


def test_a_reader_that_has_had_enough_ends_the_program_quietly(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text("the film was good\n" * 5000)  # more than a pipe holds
    command = [sys.executable, "-m", "pipelines.predict", "--model", "saved_models/reviews"]
    shell = f"{shlex.join(command)} < {shlex.quote(str(tmp_path / 'many.txt'))} | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", shell], cwd=workspace.folder, capture_output=True, text=True, timeout=300)
    first, status = ended.stdout.splitlines()
    assert json.loads(first)["label"] == LABELS["good"]
    assert status == "0"
    assert ended.stderr == ""
