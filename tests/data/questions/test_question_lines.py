from pathlib import Path
from typing import Any

import pytest
from data_files import write
from question_files import refusal, write_json, write_lines

from bert_keras.data import GoldAnswer, Question, QuestionSource

CONTEXT = "Die Brücke steht in Köln, und eine in Bonn."
KOELN = GoldAnswer("Köln", 20)


def entry(answers: Any = None, **more: Any) -> dict[str, Any]:
    return {"question": "Wo?", "context": CONTEXT} | ({} if answers is None else {"answers": answers}) | more


@pytest.mark.parametrize("name", ["dev.jsonl", "dev.ndjson", "dev.jsonl.gz"])
def test_lines_are_questions(tmp_path: Path, name: str) -> None:
    path = write_lines(
        tmp_path, entry(["Köln"], id="a", title="Brücken"), entry(["Bonn"], id=5), entry(["Köln"]), name=name
    )
    source = QuestionSource(path)
    assert source.questions == [
        Question("a", "Wo?", 0, (KOELN,), "Brücken", f"{path}, line 1"),
        Question("5", "Wo?", 0, (GoldAnswer("Bonn", 38),), "", f"{path}, line 2"),
        Question(f"{name}:3", "Wo?", 0, (KOELN,), "", f"{path}, line 3"),
    ]
    assert source.contexts == [CONTEXT]
    assert source.repaired == {"without offset": 3}


@pytest.mark.parametrize(
    "answers",
    [
        ["Köln", "Bonn"],
        [{"text": "Köln", "answer_start": 20}, {"text": "Bonn", "answer_start": 38}],
        [{"text": "Köln", "start": 20, "end": 24}, {"text": "Bonn"}],
        ["Köln", {"text": "Bonn", "answer_start": None}],
        {"text": ["Köln", "Bonn"], "answer_start": [20, 38]},
        {"text": ["Köln", "Bonn"], "start": [20, None]},
        {"text": ["Köln", "Bonn"]},
        [{"text": "Köln", "answer_start": "20"}, {"text": "Bonn", "answer_start": 38.0}],
        [{"text": ["Köln"], "answer_start": [20]}, {"text": "Bonn", "answer_start": [" 38.0 "]}],
        {"text": ["Köln", "Bonn"], "answer_start": [float("nan"), ""]},
        '[{"text": "Köln", "answer_start": 20}, "Bonn"]',
    ],
)
def test_answers_may_be_written_in_many_ways(tmp_path: Path, answers: Any) -> None:
    source = QuestionSource(write_lines(tmp_path, entry(answers)))
    assert source.questions[0].answers == (KOELN, GoldAnswer("Bonn", 38))
    assert source.version == "1.1"


@pytest.mark.parametrize("answers", [None, [], {}, {"text": [], "answer_start": []}, {"text": []}, {"text": None}])
@pytest.mark.parametrize("more", [{}, {"is_impossible": True}, {"is_impossible": None}])
def test_no_answers_say_that_there_is_none(tmp_path: Path, answers: Any, more: dict[str, Any]) -> None:
    source = QuestionSource(write_lines(tmp_path, entry(answers, **more), entry(["Köln"])))
    assert [question.answers for question in source.questions] == [(), (KOELN,)]
    assert source.version == "2.0"
    assert QuestionSource(write_lines(tmp_path, entry() | {"answers": None})).version == "2.0"


def test_a_list_of_objects_in_a_json_file_is_read_as_lines_are(tmp_path: Path) -> None:
    path = write_json(tmp_path, [entry(["Köln"], id="a"), entry(["Köln"])], "dev.json.gz")
    assert [(question.id, question.place, question.answers) for question in QuestionSource(path).questions] == [
        ("a", f"{path}, entry 1", (KOELN,)),
        ("dev.json.gz:2", f"{path}, entry 2", (KOELN,)),
    ]
    assert refusal(write_json(tmp_path, [entry(["Köln"]), 5])) == ", entry 2: a JSON object expected. Received: 5"


@pytest.mark.parametrize(
    "answers",
    ["Köln", {"text": "Köln", "answer_start": 20}, {"text": ["Köln"], "answer_start": 20}, {"text": "Köln"}, ["Köln"]],
)
def test_one_answer_needs_no_list(tmp_path: Path, answers: Any) -> None:
    assert QuestionSource(write_lines(tmp_path, entry(answers))).questions[0].answers == (KOELN,)


def test_a_text_with_an_offset_beside_it_is_an_answer(tmp_path: Path) -> None:
    source = QuestionSource(write_lines(tmp_path, entry("in", answer_start=35), entry("[sic]", context="[sic]")))
    assert [question.answers for question in source.questions] == [(GoldAnswer("in", 35),), (GoldAnswer("[sic]", 0),)]


@pytest.mark.parametrize(
    ("mark", "impossible"),
    [(0, False), (1, True), (0.0, False), ("False", False), ("true", True), ("1", True), ("", None), (None, None)],
)
def test_a_mark_may_be_a_number_or_a_word(tmp_path: Path, mark: Any, impossible: bool | None) -> None:
    path = write_lines(tmp_path, entry(["Köln"]), entry([] if impossible else ["Köln"], is_impossible=mark))
    assert QuestionSource(path).version == ("2.0" if impossible else "1.1")
    if impossible:
        told = refusal(write_lines(tmp_path, entry(["Köln"], is_impossible=mark)))
        assert told.startswith(', line 1: "is_impossible" is true, and there are answers.')


def test_files_of_one_name_give_ids_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = [write_lines(tmp_path / folder, entry(["Köln"])) for folder in "ab"]
    assert [question.id for question in QuestionSource(files).questions] == [f"{file}:1" for file in files]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"context": "a"}, 'no key "question". Received: context'),
        ({"question": "a"}, 'no key "context". Received: question'),
        (entry(["a"], context=5), '"context": a text expected. Received: 5'),
        (entry(["a"], context=""), "an empty context. Received: ''; fill it in"),
        (entry(["a"], question=" "), "an empty question. Received: ' '; fill it in"),
        (entry(["a"], title=5), '"title": a text expected. Received: 5'),
        (entry(["a"], id=[]), '"id": a text or a whole number expected. Received: []'),
        (entry(["a"], id=1.5), '"id": a text or a whole number expected. Received: 1.5'),
        (
            entry("{'text': 'Köln'}"),
            '"answers": a text, a list of texts, a list of objects with text and answer_start, ',
        ),
        (entry(7), '"answers": a text, a list of texts, a list of objects with text and answer_start, or an object of'),
        (entry([5]), '"answers": a JSON object expected. Received: 5'),
        (entry([{"answer_start": 5}]), 'no key "text". Received: answer_start'),
        (entry([{"text": "a", "start": "5 or 6"}]), "\"answer_start\": a whole number expected. Received: '5 or 6'"),
        (entry([{"text": "a", "start": 5.5}]), '"answer_start": a whole number expected. Received: 5.5'),
        (entry([{"text": "a", "start": True}]), '"answer_start": a whole number expected. Received: True'),
        (entry({"text": ["a"], "answer_start": []}), '"answers": a text, a list of texts, a list of objects'),
        (entry({"text": [5], "answer_start": [5]}), '"answers": a text expected. Received: 5'),
        (
            entry(["a"], is_impossible=True),
            "\"is_impossible\" is true, and there are answers. Received: ['a']; take one away",
        ),
        (
            entry({"text": ["a"], "start": [0]}, is_impossible=True),
            '"is_impossible" is true, and there are answers. Received: {',
        ),
        (
            entry(["a"], is_impossible=1),
            "\"is_impossible\" is true, and there are answers. Received: ['a']; take one away",
        ),
        (entry(["a"], is_impossible=2), '"is_impossible": true or false expected. Received: 2'),
        (entry([], is_impossible="no"), "\"is_impossible\": true or false expected. Received: 'no'"),
        (["a"], 'a JSON object expected. Received: ["a"]'),
    ],
)
def test_what_is_wrong_is_told_with_the_line(tmp_path: Path, line: Any, message: str) -> None:
    told = refusal(write_lines(tmp_path, entry(["Köln"]), line))
    assert told.startswith(f", line 2: {message}")
    assert len(told) < 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"question": }', ", line 1: no valid JSON (Expecting value"),
        ('{"question": "\\ud800"}', ", line 1: no valid JSON ('utf-8' codec can't encode"),
        ("[" * 100_000, ", line 1: no valid JSON ("),
        (b'{"question": "\xff"}', ", line 1: not UTF-8. Received: byte 0xff"),
        ("", ": no questions to use. Received: 0 questions, left out: none"),
    ],
)
def test_what_are_no_lines_of_json_is_told(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refusal(write(tmp_path, content, "dev.jsonl")).startswith(message)
