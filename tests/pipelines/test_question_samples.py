"""The sample questions show question answering: answers at their places, and questions that have none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import REPOSITORY

SAMPLES = REPOSITORY / "pipelines" / "samples" / "questions"
FILES = ("train.json", "dev.json")


def articles(name: str) -> list[dict[str, Any]]:
    squad = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    assert squad["version"] == "v2.0"
    return squad["data"]


def paragraphs(name: str) -> Iterator[dict[str, Any]]:
    for article in articles(name):
        yield from article["paragraphs"]


def questions(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for paragraph in paragraphs(name):
        for question in paragraph["qas"]:
            yield paragraph["context"], question


def document() -> str:
    return (SAMPLES / "harbour.txt").read_text(encoding="utf-8")


def document_questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", FILES)
def test_keys_are_those_of_squad_2(name: str) -> None:
    for article in articles(name):
        assert set(article) == {"title", "paragraphs"}
    for paragraph in paragraphs(name):
        assert set(paragraph) == {"context", "qas"}
    for _, question in questions(name):
        assert set(question) == {"id", "question", "answers", "is_impossible"}
        assert all(set(answer) == {"text", "answer_start"} for answer in question["answers"])


@pytest.mark.parametrize("name", FILES)
def test_every_answer_stands_at_its_offset_in_whole_words(name: str) -> None:
    for context, question in questions(name):
        for answer in question["answers"]:
            begin, text = answer["answer_start"], answer["text"]
            end = begin + len(text)
            assert context[begin:end] == text and text == text.strip() != "", question["id"]
            assert not (context[:begin][-1:].isalnum() and text[0].isalnum()), question["id"]
            assert not (context[end:][:1].isalnum() and text[-1].isalnum()), question["id"]


@pytest.mark.parametrize("name", FILES)
def test_only_the_impossible_have_no_answer(name: str) -> None:
    for _, question in questions(name):
        texts = [answer["text"] for answer in question["answers"]]
        assert question["is_impossible"] == (not texts), question["id"]
        assert len(set(texts)) == len(texts) <= (1 if name == "train.json" else 3), question["id"]


@pytest.mark.parametrize("name", FILES)
def test_about_a_third_of_the_questions_is_impossible(name: str) -> None:
    impossible = [question["is_impossible"] for _, question in questions(name)]
    assert 0.25 <= sum(impossible) / len(impossible) <= 0.40


def test_ids_are_unique_over_both_files() -> None:
    ids = [question["id"] for name in FILES for _, question in questions(name)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", FILES)
def test_no_paragraph_asks_the_same_twice(name: str) -> None:
    for paragraph in paragraphs(name):
        asked = [question["question"].casefold() for question in paragraph["qas"]]
        assert len(set(asked)) == len(asked)
        assert all(question.endswith("?") for question in asked)


def test_train_and_dev_share_no_context_and_no_title() -> None:
    contexts = [{paragraph["context"] for paragraph in paragraphs(name)} for name in FILES]
    titles = [{article["title"] for article in articles(name)} for name in FILES]
    assert contexts[0].isdisjoint(contexts[1])
    assert titles[0].isdisjoint(titles[1])


@pytest.mark.parametrize("name", FILES)
def test_counting_bytes_or_utf_16_units_would_miss_answers(name: str) -> None:
    in_bytes = in_utf_16 = 0
    for context, question in questions(name):
        for answer in question["answers"]:
            before = context[: answer["answer_start"]]
            in_bytes += len(before.encode()) != len(before)
            in_utf_16 += len(before.encode("utf-16-le")) // 2 != len(before)
    assert in_bytes >= 20
    assert in_utf_16 >= 1


def test_answers_about_the_document_are_short_and_stand_in_it() -> None:
    rows, text = document_questions(), document()
    assert all(set(row) == {"id", "question", "answers"} for row in rows)
    assert len({row["id"] for row in rows}) == len(rows) == 12
    for answer in (answer for row in rows for answer in row["answers"]):
        assert answer in text
        assert 1 <= len(answer.split()) <= 8
    assert sum(not row["answers"] for row in rows) == 2


def test_answers_about_the_document_need_windows() -> None:
    text = document()
    assert len(text.split()) > 1_500
    places = [text.index(row["answers"][0]) / len(text) for row in document_questions() if row["answers"]]
    assert {int(5 * place) for place in places} == {0, 1, 2, 3, 4}  # in each fifth of the text


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_sample_files_are_small(path: Path) -> None:
    assert path.stat().st_size < 400_000
