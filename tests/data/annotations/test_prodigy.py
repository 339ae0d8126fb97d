"""Rows as Prodigy exports them."""

import json
from pathlib import Path
from typing import Any

from data_files import given, write


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_only_accepted_labels_are_labels(tmp_path: Path) -> None:
    content = lines(
        {"text": "a", "label": "GOOD", "answer": "accept"},
        {"text": "b", "label": "GOOD", "answer": "reject"},
        {"text": "c", "label": "BAD", "answer": "ignore"},
        {"text": "d", "label": "BAD"},
        {"text": "e", "label": "BAD", "answer": "accept"},
    )
    expected = ([("a", "GOOD"), ("e", "BAD")], {"rejected": 1, "ignored": 1, "not annotated": 1})
    assert given(write(tmp_path, content, "a.jsonl")) == expected
    assert given(write(tmp_path, f"[{content.replace(chr(10), ',')[:-1]}]", "a.json")) == expected


def test_all_texts_are_read_without_labels(tmp_path: Path) -> None:
    answers = ("accept", "reject", "ignore", None)
    content = lines(*({"text": f"{answer}", "label": "GOOD", "answer": answer} for answer in answers))
    assert given(write(tmp_path, content, "a.jsonl"), task=None) == ([(f"{answer}", None) for answer in answers], {})


def test_csv_has_answers_too(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,answer\na,GOOD,accept\nb,GOOD,reject\n")
    assert given(path) == ([("a", "GOOD")], {"rejected": 1})


def test_accepted_options_are_the_labels(tmp_path: Path) -> None:
    options = [{"id": "GOOD", "text": "Good!"}, {"id": "BAD", "text": "Bad!"}]
    content = lines(
        {"text": "a", "options": options, "accept": ["GOOD"], "answer": "accept"},
        {"text": "b", "options": options, "accept": ["BAD"], "answer": "reject"},
        {"text": "c", "options": options, "accept": [], "answer": "accept"},
        {"text": "d", "options": options, "accept": [], "answer": "ignore"},
    )
    path = write(tmp_path, content, "a.jsonl")
    assert given(path) == ([("a", "GOOD")], {"rejected": 1, "ignored": 1, "empty label": 1})
    assert given(path, task="multi_label") == ([("a", ("GOOD",)), ("c", ())], {"rejected": 1, "ignored": 1})


def test_several_answers_on_one_text_are_merged_by_its_hash(tmp_path: Path) -> None:
    content = lines(
        *({"text": "a", "label": label, "answer": "accept", "_input_hash": 7} for label in ("GOOD", "BAD", "GOOD")),
        *({"text": "b", "label": label, "answer": "accept", "_input_hash": 8} for label in ("GOOD", "BAD")),
        {"text": "a", "label": "BAD", "answer": "reject", "_input_hash": 7},
    )
    assert given(write(tmp_path, content, "a.jsonl")) == (
        [("a", "GOOD")],
        {"other answers on the same text (majority)": 2, "no majority among its annotators": 2, "rejected": 1},
    )


def test_a_column_of_answers_that_says_anything_else_is_a_column(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,answer\na,x,accept\nb,y,forty-two\n")
    assert given(path) == ([("a", "x"), ("b", "y")], {})
