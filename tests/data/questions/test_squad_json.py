from pathlib import Path
from typing import Any

import pytest
from question_files import qa, refusal, squad, write_json

from bert_keras.data import GoldAnswer, Question, QuestionSource

CONTEXT = "The Normans gave their name to Normandy, a region in France."
FRANCE = ("France", 53)


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_squad_1_1_is_read(tmp_path: Path, name: str) -> None:
    document = squad(
        (CONTEXT, [qa("a", "Where?", [FRANCE, ("a region", 41)]), qa(7, "Who?", [("Normans", 4)])]), ("x y", [])
    )
    path = write_json(tmp_path, document | {"version": "1.1"}, name)
    source = QuestionSource(path)
    place = f'{path}, article "Normans", paragraph 1, id '
    assert source.questions == [
        Question("a", "Where?", 0, (GoldAnswer("France", 53), GoldAnswer("a region", 41)), "Normans", place + "a"),
        Question("7", "Who?", 0, (GoldAnswer("Normans", 4),), "Normans", place + "7"),
    ]
    assert source.contexts == [CONTEXT]
    assert (source.version, source.questions_read, source.left_out, source.repaired) == ("1.1", 2, {}, {})
    assert source.questions[0].answers[0].end == 59


def test_squad_2_0_is_read_and_plausible_answers_are_none(tmp_path: Path) -> None:
    plausible = [{"text": "France", "answer_start": 53}]
    questions = [
        qa("a", answers=[FRANCE], is_impossible=False),
        qa("b", is_impossible=True, plausible_answers=plausible),
        {"id": "c", "question": "Why?", "is_impossible": True, "plausible_answers": plausible},
        qa("d"),
    ]
    source = QuestionSource(write_json(tmp_path, squad((CONTEXT, questions))))
    assert source.version == "2.0"
    assert [question.answers for question in source.questions] == [(GoldAnswer("France", 53),), (), (), ()]


def test_titles_may_be_missing(tmp_path: Path) -> None:
    path = write_json(tmp_path, squad((CONTEXT, [qa("a", answers=[FRANCE])]), title=None))
    (question,) = QuestionSource(path).questions
    assert (question.article, question.place) == ("", f"{path}, article 1, paragraph 1, id a")


PLACE = ', article "Normans", paragraph 2'


def broken(change: dict[str, Any], *without: str) -> dict[str, Any]:
    """A file whose second paragraph has a question that is changed."""
    question = {key: value for key, value in (qa("b", answers=[FRANCE]) | change).items() if key not in without}
    return squad((CONTEXT, [qa("a", answers=[FRANCE])]), (CONTEXT, [question]))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"version": "2.0"},
            ': an object with a list "data" as SQuAD has it expected, or a list of objects with question, context',
        ),
        ("text", ': an object with a list "data" as SQuAD has it expected'),
        ({"data": {}}, ': "data": a list expected. Received: {}'),
        ({"data": ["a"]}, ", article 1: a JSON object expected. Received: 'a'"),
        ({"data": [{"title": "T"}]}, ', article "T": no key "paragraphs". Received: title'),
        ({"data": [{"title": 5, "paragraphs": []}]}, ', article 1: "title": a text expected. Received: 5'),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, ', article 1, paragraph 1: no key "context". Received: qas'),
        ({"data": [{"paragraphs": [{"context": "a"}]}]}, ', article 1, paragraph 1: no key "qas". Received: context'),
        (
            {"data": [{"paragraphs": [{"context": None, "qas": []}]}]},
            ', article 1, paragraph 1: "context": a text expected. R',
        ),
        ({"data": []}, ": no questions to use. Received: 0 questions, left out: none"),
        (broken({"id": 1.5}), f'{PLACE}, question 1: "id": a text or a whole number expected. Received: 1.5'),
        (broken({"id": True}), f'{PLACE}, question 1: "id": a text or a whole number expected. Received: True'),
        (broken({}, "question"), f'{PLACE}, id b: no key "question". Received: id, answers'),
        (broken({"question": ["Who?"]}), f"{PLACE}, id b: \"question\": a text expected. Received: ['Who?']"),
        (
            broken({"question": "\ud800?"}),
            f'{PLACE}, id b: "question": a text expected, without half of a surrogate pair. Received: ',
        ),
        (
            broken({"question": "\n"}),
            f"{PLACE}, id b: an empty question. Received: '\\n'; fill it in, or take the question out",
        ),
        (broken({}, "answers"), f'{PLACE}, id b: no key "answers". Received: id, question'),
        (broken({"answers": 5}), f'{PLACE}, id b: "answers": a text, a list of texts, a list of objects'),
        (
            broken({"answers": [["France"]]}),
            f"{PLACE}, id b: \"answers\": a JSON object expected. Received: ['France']",
        ),
        (broken({"answers": [{"answer_start": 0}]}), f'{PLACE}, id b: no key "text". Received: answer_start'),
        (
            broken(qa("b", answers=[("a", "five")])),
            f"{PLACE}, id b: \"answer_start\": a whole number expected. Received: 'five'",
        ),
        (
            broken(qa("b", answers=[("a", 5.5)])),
            f'{PLACE}, id b: "answer_start": a whole number expected. Received: 5.5',
        ),
        (
            broken({"is_impossible": True}),
            f'{PLACE}, id b: "is_impossible" is true, and there are answers. Received: [{{',
        ),
        (broken({"is_impossible": "no"}), f"{PLACE}, id b: \"is_impossible\": true or false expected. Received: 'no'"),
        (
            squad(("\n ", [qa("a", answers=[FRANCE])])),
            ", article \"Normans\", paragraph 1, id a: an empty context. Received: '\\n '",
        ),
    ],
)
def test_what_is_wrong_is_told_with_article_paragraph_and_id(tmp_path: Path, document: Any, message: str) -> None:
    told = refusal(write_json(tmp_path, document))
    assert told.startswith(message)
    assert len(told) < 300


def test_a_title_or_an_id_with_line_ends_is_told_in_one_line(tmp_path: Path) -> None:
    told = refusal(write_json(tmp_path, squad((" ", [qa("a\nb")]), title="T\n<b>")))
    assert told.startswith(", article \"'T\\n<b>'\", paragraph 1, id 'a\\nb': an empty context")


def test_lists_in_lists_are_told(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text('{"data": ' + "[" * 100_000)
    assert refusal(str(path)).startswith(": no valid JSON (maximum recursion depth exceeded")


def test_what_frames_and_spreadsheets_make_of_values_is_understood(tmp_path: Path) -> None:
    questions = [
        {"id": 7.0, "question": "Where?", "answers": [{"text": "France", "answer_start": "53"}], "is_impossible": 0},
        {"question": "Where?", "answers": {"text": "France", "answer_start": 53.0}, "is_impossible": "False"},
        {"id": " ", "question": "Where?", "answers": "France"},
        qa(None, "Who?", is_impossible=1),
    ]
    path = write_json(tmp_path, squad((CONTEXT, questions)))
    source = QuestionSource(path)
    france = (GoldAnswer("France", 53),)
    assert [(question.id, question.answers) for question in source.questions] == [
        ("7", france),
        ("dev.json:1.1.2", france),
        ("dev.json:1.1.3", france),
        ("dev.json:1.1.4", ()),
    ]
    place = f'{path}, article "Normans", paragraph 1, question '
    assert source.unnamed == [place + "2", place + "3", place + "4"]
    assert source.questions[1].place == place + "2"
    assert source.repaired == {"without offset": 1}
