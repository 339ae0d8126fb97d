import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from asked import questions, squad, write_squad
from programs import Workspace, call, start_process

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.checkpoints import save_hugging_face

DOCUMENT = "\ufeffthe film was é \U0001f600 .\r\n" + "a [bold]b[/] c\n" * 30 + "was good ? [SEP] :smile:\n"
QUESTIONS = ("what is it ?", "Who: me?", "[1]", "- no # comment", "null")  # none of it is YAML


def predict(folder: Path, *flags: object, model: object) -> list[dict[str, Any]]:
    ended = call("predict", "--model", model, *flags, cwd=folder)
    assert (ended.status, ended.err) == (0, "")
    return [json.loads(line) for line in ended.out.removesuffix("\n").split("\n")] if ended.out else []


def said(question: str, answer: Any, context: str, is_file: bool = False, **first: Any) -> dict[str, Any]:
    """What is written of an answer."""

    def place(of: Any) -> dict[str, Any]:
        line = context[: of.start].count("\n") + 1 if of.end else None
        sentence = {"sentence_start": of.sentence_start, "sentence_end": of.sentence_end}
        return {"start": of.start, "end": of.end} | sentence | ({"page": None, "line": line} if is_file else {})

    n_best = [{"text": of.text, "score": pytest.approx(of.score, abs=1e-5)} | place(of) for of in answer.n_best]
    numbers = {name: pytest.approx(getattr(answer, name), abs=1e-4) for name in ("score", "null_odds")}
    told = {"answer": answer.text, "sentence": context[answer.sentence_start : answer.sentence_end]}
    return {**first, "question": question, **told, **place(answer), **numbers, "n_best": n_best}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("documents") / "film.md"
    path.write_bytes(DOCUMENT.encode())
    return path


@pytest.fixture(scope="module")
def trained(reader_workspace: Workspace) -> SpanExtractor:
    return SpanExtractor.from_preset(str(reader_workspace.run), dtype="float32")


@pytest.mark.parametrize("model", ["runs/questions/model", "saved_models/questions"])
def test_a_question_about_a_file_is_answered_in_one_command(
    reader_workspace: Workspace, trained: SpanExtractor, document: Path, model: str
) -> None:
    received = predict(reader_workspace.folder, "--question", QUESTIONS[0], "--context", document, model=model)
    context = DOCUMENT.removeprefix("\ufeff")
    assert received == [said(QUESTIONS[0], trained.answer(QUESTIONS[0], context), context, is_file=True)]
    fields = ["question", "answer", "start", "end", "score", "null_odds", "n_best"]
    assert list(received[0]) == [*fields, "sentence_start", "sentence_end", "page", "line", "sentence"]
    assert (received[0]["sentence"], received[0]["line"]) == ("was good ?", 32)
    assert received[0]["answer"] == "good" == context[received[0]["start"] : received[0]["end"]]


def test_a_process_prints_the_answer_and_nothing_else(reader: Path, document: Path) -> None:
    flags = ["--model", reader, "--question", "what is it ?", "--context", document]
    ended = start_process(["-m", "pipelines.predict", *flags], cwd=document.parent)
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["question"] == "what is it ?"


def test_several_questions_about_a_file_are_answered_in_order(reader: Path, document: Path) -> None:
    with gzip.open(document.with_suffix(".gz"), "wb") as file:
        file.write(DOCUMENT.encode())
    model = SpanExtractor.from_preset(str(reader), dtype="float32")
    answers = model.answer(QUESTIONS, DOCUMENT.removeprefix("\ufeff"))
    context = DOCUMENT.removeprefix("\ufeff")
    expected = [said(question, answer, context, True) for question, answer in zip(QUESTIONS, answers, strict=True)]
    each = [part for question in QUESTIONS for part in ("--question", question)]
    for asked in (each, ["--question", *QUESTIONS]):
        for path in (document, document.with_suffix(".gz")):
            assert predict(document.parent, *asked, "--context", path, "--token_budget", 100, model=reader) == expected


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("runs/questions", "json"),
        ("runs/questions", "jsonl.gz"),
        ("runs/questions", "parquet"),
        ("saved_models/questions", "jsonl"),
        ("saved_models/questions", "lines.json"),
    ],
)
def test_a_file_of_questions_is_answered_in_order(
    reader_workspace: Workspace, trained: SpanExtractor, kind: str, model: str, tmp_path: Path
) -> None:
    content = squad(40, 9)
    content["data"][0]["paragraphs"][0]["context"] = ""  # has its answer too: none
    path = write_squad(tmp_path / f"questions.{kind}", content)
    rows = [{"id": name, "question": of["question"], "context": context} for name, context, of in questions(content)]
    if kind == "parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif kind != "json":
        data = "\n".join(map(json.dumps, rows)).encode()
        path.write_bytes(gzip.compress(data) if kind.endswith("gz") else data)
    received = predict(reader_workspace.folder, "--input", path, model=model)
    answers = trained.answer_stream((entry["question"], context) for _, context, entry in questions(content))
    expected = [
        said(of["question"], answer, context, id=name)
        for (name, context, of), answer in zip(questions(content), answers, strict=True)
    ]
    assert received == expected
    assert received[0]["answer"] == "" and received[0]["n_best"] == []


def test_each_question_is_answered_though_its_id_stands_twice_or_is_missing(reader: Path, tmp_path: Path) -> None:
    content = squad(6, 9)
    entries = [entry for _, _, entry in questions(content)]
    entries[1]["id"], entries[1]["question"] = entries[0]["id"], "what ?"
    del entries[2]["id"]
    path = write_squad(tmp_path / "asks.json", content)
    received = predict(tmp_path, "--input", path, model=reader)
    assert [(row["id"], row["question"]) for row in received] == [
        (entry.get("id", "asks.json:1.3.1"), entry["question"]) for entry in entries
    ]
    assert [row["id"] for row in received[:3]] == ["9-0", "9-0", "asks.json:1.3.1"]


def test_answers_in_the_file_need_not_be_right(reader: Path, tmp_path: Path) -> None:
    rows = [{"question": "a ?", "context": "a b", "answers": ["nowhere"]}, {"question": "", "context": "c"}]
    (tmp_path / "asks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "more.ndjson").write_text(json.dumps(rows[0]))
    received = predict(tmp_path, "--input", json.dumps(["asks.jsonl", "more.ndjson"]), "--output", "-", model=reader)
    assert [(row["id"], row["question"]) for row in received] == [
        ("asks.jsonl:1", "a ?"),
        ("asks.jsonl:2", ""),
        ("more.ndjson:1", "a ?"),
    ]


def test_answers_are_written_to_a_file_as_a_whole(reader: Path, document: Path, tmp_path: Path) -> None:
    flags = ["--question", "what ?", "--context", document, "--output", tmp_path / "new" / "answers.jsonl"]
    assert predict(tmp_path, *flags, model=reader) == []
    assert json.loads((tmp_path / "new" / "answers.jsonl").read_text(encoding="utf-8"))["question"] == "what ?"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["answers.jsonl"]


def test_a_hugging_face_reader_gives_no_answer_where_a_threshold_says_so(
    build_extractor: Callable[..., SpanExtractor], document: Path, tmp_path: Path
) -> None:
    folder = save_hugging_face(build_extractor(), tmp_path / "reader")
    asked = ["--question", "what ?", "--context", document]
    always = predict(tmp_path, *asked, model=folder)[0]
    assert always["answer"] != ""
    odds = always["null_odds"]
    for threshold, answered in ((odds + 1, True), (odds - 1, False)):
        row = predict(tmp_path, *asked, f"--null_threshold={threshold}", model=folder)[0]
        assert (row["answer"] != "") == answered
        assert row["null_odds"] == pytest.approx(odds, abs=1e-5)


@pytest.mark.parametrize(
    ("option", "value"), [("null_threshold", 1.0), ("part_words", True), ("across_paragraphs", True)]
)
def test_an_export_keeps_its_threshold_and_its_bounds(
    reader_workspace: Workspace, document: Path, option: str, value: object
) -> None:
    flags = ["--model", "saved_models/questions", "--question", "what ?", "--context", document]
    ended = call("predict", *flags, f"--{option}={value}", cwd=reader_workspace.folder)
    assert ended.status == 2
    assert (
        ended.err
        == f"error: saved_models/questions: leave --{option} out, for an export has its own. Received: {value}\n"
    )


def test_an_exported_classifier_answers_no_questions(workspace: Workspace, document: Path) -> None:
    ended = call(
        "predict",
        "--model",
        "saved_models/reviews",
        "--question",
        "what ?",
        "--context",
        document,
        cwd=workspace.folder,
    )
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: saved_models/reviews: labels texts, and answers no questions")


def test_an_exported_reader_labels_no_texts(reader_workspace: Workspace) -> None:
    ended = call("predict", "--model", "saved_models/questions", cwd=reader_workspace.folder, stdin=b"good\n")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: saved_models/questions: answers questions, and there are none; give --question")


def test_a_classifier_labels_questions_of_a_file_that_has_contexts_too(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    build_classifier().save_to_preset(str(tmp_path / "model"))
    (tmp_path / "rows.jsonl").write_text('{"question": "good", "context": "bad"}\n')
    ended = call("predict", "--model", "model", "--input", "rows.jsonl", cwd=tmp_path)
    assert ended.err == (
        "rows.jsonl: reads text 'question'\nrows.jsonl: 'context' is there and not used: the model takes single texts\n"
    )
    assert json.loads(ended.out)["text"] == "good"
