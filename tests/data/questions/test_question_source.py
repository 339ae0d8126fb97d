import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from data_files import write
from hypothesis import given, settings, strategies as st
from question_files import qa, refusal, squad, write_json, write_lines
from test_broken_files import CHANGES, changed

from bert_keras.data import GoldAnswer, LeftOut, QuestionSource, RenamedQuestion
from bert_keras.errors import DataError, InputError

CONTEXT = "\U0001f600 The café stands in Köln."
SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_wrong_offsets_are_repaired_and_counted_by_kind(tmp_path: Path) -> None:
    answers = [
        ("Köln", 21),
        (" Köln ", 21),
        ("Köln", 25),
        ("Köln", 22),
        ("Köln", 23),
        ("Köln", 1),
        ("The  café", 2),
        ("cafe\u0301", 6),
    ]
    source = QuestionSource(
        write_json(tmp_path, squad((CONTEXT, [qa(n, answers=[given]) for n, given in enumerate(answers)])))
    )
    koeln = GoldAnswer("Köln", 21)
    expected = [koeln] * 6 + [GoldAnswer("The café", 2), GoldAnswer("café", 6)]
    assert [question.answers for question in source.questions] == [(answer,) for answer in expected]
    assert source.repaired == {
        "blanks": 1,
        "bytes": 1,
        "UTF-16 units": 1,
        "a few characters off": 1,
        "elsewhere": 1,
        "other blanks": 1,
        "other Unicode form": 1,
    }
    assert (source.left_out, source.listed) == ({}, [])


def test_answers_that_are_not_there_are_left_out_counted_and_listed(tmp_path: Path) -> None:
    questions = [
        qa("a", "Where?", [("Bonn", 3), ("Köln", 21)]),
        qa("b", "Whence?", [("Bonn", 3), ("", 0)]),
        qa("c", "When?", [(" ", 5)], is_impossible=False),
        qa("d", "Who?"),
    ]
    path = write_json(tmp_path, squad((CONTEXT, questions)))
    source = QuestionSource(path)
    place = f'{path}, article "Normans", paragraph 1, id '
    assert [(question.id, question.answers) for question in source.questions] == [
        ("a", (GoldAnswer("Köln", 21),)),
        ("d", ()),
    ]
    assert [(question.id, question.answers) for question in source.asked[1:3]] == [("b", ()), ("c", ())]
    assert source.questions_read == len(source.asked) == 4
    assert source.left_out == {"answer not in its context": 1, "empty answer": 1}
    assert source.listed == [
        LeftOut("a", place + "a", "Where?", "Bonn", "answer not in its context", False),
        LeftOut("b", place + "b", "Whence?", "Bonn", "answer not in its context", True),
        LeftOut("b", place + "b", "Whence?", "", "empty answer", True),
        LeftOut("c", place + "c", "When?", " ", "empty answer", True),
    ]


def test_nothing_left_to_use_is_told(tmp_path: Path) -> None:
    told = refusal(write_json(tmp_path, squad((CONTEXT, [qa("a", answers=[("Bonn", 3)])]))))
    assert told == ": no questions to use. Received: 1 questions, left out: {'answer not in its context': 1}"


def test_gold_is_the_file_that_was_read(tmp_path: Path) -> None:
    document = squad(
        (CONTEXT, [qa("a", "Where?", [(" Köln", 3), ("Bonn", 9)]), qa("b", answers=[("café", 6)])]), version="1.1"
    )
    assert QuestionSource(write_json(tmp_path, document)).gold() == document
    questions = [qa("a", "Where?", [("Bonn", 9)], is_impossible=False), qa("b", is_impossible=True)]
    document = squad((CONTEXT, questions), (CONTEXT + "!", [qa("c", is_impossible=True)]), version="v2.0")
    assert QuestionSource(write_json(tmp_path, document)).gold() == document


def test_gold_of_lines_is_grouped_by_article_and_context(tmp_path: Path) -> None:
    lines = [
        {"id": str(place), "question": "q", "context": context, "title": title, "answers": ["b"]}
        for place, (title, context) in enumerate([("T", "a b"), ("", "b"), ("T", "b"), ("T", "a b")])
    ]
    gold = QuestionSource(write_lines(tmp_path, *lines)).gold()
    ids = [
        (article["title"], [(p["context"], [q["id"] for q in p["qas"]]) for p in article["paragraphs"]])
        for article in gold["data"]
    ]
    assert ids == [("T", [("a b", ["0", "3"]), ("b", ["2"])]), ("", [("b", ["1"])])]
    assert gold["data"][0]["paragraphs"][0]["qas"][0]["answers"] == [{"text": "b", "answer_start": -1}]


def test_without_labels_answers_are_not_looked_at_and_texts_may_be_empty(tmp_path: Path) -> None:
    questions = [qa("a", "", 5), {"id": "b", "question": "Who?"}, qa("c", answers=[("Bonn", 1)], is_impossible=True)]
    source = QuestionSource(
        [write_json(tmp_path, squad(("", questions))), write_lines(tmp_path, {"question": "", "context": "x"})],
        labelled=False,
    )
    assert [(question.id, question.text, question.answers) for question in source.questions] == [
        ("a", "", ()),
        ("b", "Who?", ()),
        ("c", "Who?", ()),
        ("dev.jsonl:1", "", ()),
    ]
    assert source.asked == source.questions
    assert source.contexts == ["", "x"]
    assert (source.version, source.left_out, source.listed) == ("1.1", {}, [])
    with pytest.raises(InputError, match="read without answers"):
        source.gold()


def test_several_files_and_patterns_are_one_source(tmp_path: Path) -> None:
    files = [
        write_json(tmp_path, squad((CONTEXT, [qa(n, answers=[("Köln", 21)])])), f"part-{n}.json") for n in range(3)
    ]
    lines = write_lines(tmp_path, {"question": "Wo?", "context": CONTEXT, "answers": ["Köln"]})
    source = QuestionSource([str(tmp_path / "part-*.json"), lines])
    assert source.files == (*files, lines)
    assert source.name == f"{files[0]} and 3 more"
    assert [question.id for question in source.questions] == ["0", "1", "2", "dev.jsonl:1"]
    assert source.contexts == [CONTEXT]
    assert QuestionSource(files[0]).name == files[0]


@pytest.mark.parametrize("second", ["1", 1, 1.0])
def test_a_question_whose_id_an_earlier_one_has_gets_its_own_and_is_told(tmp_path: Path, second: Any) -> None:
    questions = [qa(second, "b?", [("b", 0)]), qa("1#2", "c?", [("a", 2)]), qa("1", "d?", [("a", 2)])]
    path = write_json(tmp_path, squad(("a b", [qa("1", "a?", [("a", 0)])]), ("b a", questions)))
    source = QuestionSource(path)
    assert [(question.id, question.text) for question in source.asked] == [
        ("1", "a?"),
        ("1#2", "b?"),
        ("1#2#2", "c?"),
        ("1#3", "d?"),
    ]
    place = f'{path}, article "Normans", paragraph '
    assert source.renamed == [
        RenamedQuestion("1#2", "1", f"{place}2, id 1", f"{place}1, id 1"),
        RenamedQuestion("1#2#2", "1#2", f"{place}2, id 1#2", f"{place}2, id 1"),
        RenamedQuestion("1#3", "1", f"{place}2, id 1", f"{place}1, id 1"),
    ]
    qas = [of for paragraph in source.gold()["data"][0]["paragraphs"] for of in paragraph["qas"]]
    assert [(of["id"], of["question"]) for of in qas] == [(of.id, of.text) for of in source.asked]
    assert [question.id for question in QuestionSource([path, path]).asked[:5:4]] == ["1", "1#4"]


def test_blank_answers_of_a_question_say_that_there_is_none(tmp_path: Path) -> None:
    blank: dict[str, Any] = {"text": [""], "answer_start": [-1]}
    rows = [
        {"question": "a?", "context": "a", "answers": ["a"]},
        {"question": "b?", "context": "a", "answers": blank},
        {"question": "c?", "context": "a", "answers": blank, "is_impossible": True},
        {"question": "d?", "context": "a", "answers": [{"text": " ", "answer_start": 0}, ""]},
        {"question": "e?", "context": "a", "answers": blank, "is_impossible": False},
        {"question": "f?", "context": "a", "answers": ["", "a"]},
    ]
    path = write_lines(tmp_path, *rows)
    source = QuestionSource(path)
    a = (GoldAnswer("a", 0),)
    answers = {question.text: question.answers for question in source.questions}
    assert answers == {"a?": a, "b?": (), "c?": (), "d?": (), "f?": a}
    assert source.blank == [f"{path}, line {line}" for line in (2, 3, 4)]
    assert source.left_out == {"empty answer": 1}
    assert source.version == "2.0"
    impossible = [of["is_impossible"] for of in source.gold()["data"][0]["paragraphs"][0]["qas"]]
    assert impossible == [False, True, True, True, False, False]


def test_a_blank_answer_in_a_file_of_squad_1_1_is_left_out(tmp_path: Path) -> None:
    document = squad((CONTEXT, [qa("a", answers=[("", 0)]), qa("b", answers=[("Köln", 21)])]), version="1.1")
    source = QuestionSource(write_json(tmp_path, document))
    assert [question.id for question in source.questions] == ["b"]
    assert (source.version, source.left_out, source.blank) == ("1.1", {"empty answer": 1}, [])


@pytest.mark.parametrize("labels", [{}, {"answer_start": 0}])
def test_a_file_that_says_nothing_about_answers_is_not_one_without_answers(
    tmp_path: Path, labels: dict[str, Any]
) -> None:
    row = {"question": "a?", "context": "a"} | labels
    path = write_lines(tmp_path, row, row)
    assert refusal(path).startswith(': no question has "answers", or says with "is_impossible" that it has none;')
    assert len(QuestionSource(path, labelled=False).asked) == 2
    assert QuestionSource(write_lines(tmp_path, row, row | {"answers": ["a"]})).version == "2.0"
    assert QuestionSource(write_lines(tmp_path, row | {"is_impossible": True})).version == "2.0"


@pytest.mark.parametrize(
    "key",
    [
        "answer",
        "Answers ",
        "answer_text",
        "answer_texts",
        "gold_answers",
        "gold_answer",
        "goldAnswers",
        "answers_text",
        "correct answer",
        "plausible_answers",
    ],
)
@pytest.mark.parametrize("value", ["Köln", ["Köln"], {"text": ["Köln"]}, [{"text": "Köln", "answer_start": 21}]])
def test_answers_under_another_key_are_never_no_answer(tmp_path: Path, key: str, value: Any) -> None:
    row = {"question": "Where?", "context": CONTEXT, key: value}
    for read in ({}, {"answers": []}, {"answers": {"text": [], "answer_start": []}}, {"is_impossible": False}):
        path = write_lines(tmp_path, {"question": "?", "context": "a", "answers": ["a"]}, row | read)
        assert refusal(path).startswith(
            f', line 2: no answers are read, and there is a key "{key.strip()}"; name it "answers": a list of texts'
        )
    told = refusal(write_json(tmp_path, squad((CONTEXT, [{"id": "a", "question": "Where?", key: value}]))))
    assert f'there is a key "{key.strip()}"' in told


@pytest.mark.parametrize(
    "more",
    [
        {"plausible_answers": ["Köln"], "is_impossible": True},
        {"gold_answers": []},
        {"gold_answer": " "},
        {"answer": None},
        {"answer_type": "none", "answerable": "no", "answer_category": "unknown", "answered_by": "Anna"},
        {"answer_start": -1, "has_answer": False},
    ],
)
def test_keys_without_answers_leave_a_question_unanswerable(tmp_path: Path, more: dict[str, Any]) -> None:
    row = {"question": "Where?", "context": CONTEXT, "answers": []} | more
    assert QuestionSource(write_lines(tmp_path, row)).questions[0].answers == ()
    rows = [row | {"answers": ["Köln"], "is_impossible": False, "gold_answers": ["Bonn"]}]
    assert QuestionSource(write_lines(tmp_path, *rows)).questions[0].answers == (GoldAnswer("Köln", 21),)


def test_what_is_no_file_of_questions_is_told(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "none.json")) == ": cannot be read (No such file or directory)"
    assert refusal(str(tmp_path / "*.json")) == ": no file fits this pattern"
    assert refusal(str(tmp_path)) == ": no files to read in this folder. Received: none"
    kinds = ": questions are read from JSON, JSON lines, Parquet and Arrow, whatever the ending. Received: "
    rest = ", and neither { nor [ at its beginning"
    assert refusal(write(tmp_path, "question,context\n", "dev.csv")) == kinds + ".csv" + rest
    assert refusal(write(tmp_path, "question,context\n", "dev")) == kinds + "no ending" + rest
    with pytest.raises(InputError, match="a source needs a file"):
        QuestionSource([])


def test_the_fingerprint_changes_with_what_examples_are_made_of_alone(tmp_path: Path) -> None:
    def fingerprint(
        context: str = CONTEXT, question: str = "Wo?", start: int = 21, name: str = "dev.json", labelled: bool = True
    ) -> str:
        document = squad((context, [qa("a", question, [("Köln", start)])]))
        return QuestionSource(write_json(tmp_path, document, name), labelled=labelled).fingerprint

    same = [fingerprint(), fingerprint(name="other.json"), fingerprint(name="dev.json.gz"), fingerprint(start=25)]
    assert len(set(same)) == 1
    others = [fingerprint(context=CONTEXT + " Köln."), fingerprint(question="Wo"), fingerprint(labelled=False)]
    assert len({*same, *others}) == 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken")


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(["dev.json", "dev.jsonl", "dev.json.gz"]), changes=CHANGES, labelled=st.booleans())
def test_a_broken_file_is_refused_in_one_line_or_all_answers_stand_in_their_contexts(
    folder: Path, name: str, changes: list[tuple[str, float, float, bytes]], labelled: bool
) -> None:
    lines = [
        {"id": place, "question": "Wo?", "context": CONTEXT, "answers": [{"text": "Köln", "start": 21}]}
        for place in range(3)
    ]
    document = squad((CONTEXT, [qa("a", answers=[("Köln", 21)]), qa("b", answers=[("café", 7), ("Bonn", 1)])]))
    written = "\n".join(map(json.dumps, lines)) if "jsonl" in name else json.dumps(document, ensure_ascii=False)
    raw = gzip.compress(written.encode(), mtime=0) if name.endswith(".gz") else written.encode()
    for change in changes:
        raw = changed(raw, *change)
    (folder / name).write_bytes(raw)
    try:
        source = QuestionSource(str(folder / name), labelled=labelled)
    except DataError as error:
        assert str(error).startswith(str(folder / name))
        assert "\n" not in str(error) and len(str(error)) < 3 * len(str(folder)) + 600
    else:
        assert source.questions_read == len(source.asked) == len(source.questions) + sum(source.left_out.values())
        for question in source.questions:
            for answer in question.answers:
                assert (
                    source.contexts[question.context][answer.start : answer.end]
                    == answer.text
                    == answer.text.strip()
                    != ""
                )


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data sets that people trained on")
@pytest.mark.parametrize(
    ("name", "version", "questions", "contexts", "repaired"),
    [
        ("squad/train-v2.0.json", "2.0", 4763, 501, {}),
        ("squad/dev-v2.0.json", "2.0", 1315, 145, {}),
        ("covidqa/covidqa.json", "1.1", 1380, 98, {"blanks": 234}),
    ],
)
def test_published_data_is_read(
    name: str, version: str, questions: int, contexts: int, repaired: dict[str, int]
) -> None:
    source = QuestionSource(str(SHARED / name))
    assert (source.version, source.questions_read, len(source.questions)) == (version, questions, questions)
    assert (len(source.contexts), source.repaired, source.left_out) == (contexts, repaired, {})


def test_thousands_of_questions_take_seconds(tmp_path: Path) -> None:
    """Far below the limit unless something grows with the square."""
    context = "The café stands in Köln, and it has stood there for " + "a very long time, " * 30
    paragraphs = [
        (f"{place} {context}", [qa(f"{place}-{n}", "Where?", [("Köln", 20 + len(str(place)))]) for n in range(7)])
        for place in range(3_000)
    ]
    path = write_json(tmp_path, squad(*paragraphs))
    began = time.process_time()
    source = QuestionSource(path)
    assert time.process_time() - began < 20
    assert (source.questions_read, source.repaired) == (21_000, {})
