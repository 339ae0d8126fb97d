"""What all exports have in common: they say what they are, and several answers on one text are counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_files import given, read, refusal, write

from bert_keras.data import Columns, Source
from bert_keras.data.tables.reading import Reading

EXPORTS = {
    "Label Studio": {"annotation_id": 1, "annotator": 1, "lead_time": 1.0, "id": 1, "text": "a", "label": "x"},
    "doccano": {"id": 1, "text": "a", "label": ["x"], "Comments": []},
    "Argilla": {"id": "1", "text": "a", "label.responses": ["x"], "label.responses.status": ["submitted"]},
    "Prodigy": {"text": "a", "label": "x", "answer": "accept"},
}


@pytest.mark.parametrize("tool", EXPORTS)
def test_a_tool_is_known_by_its_keys_and_said(tmp_path: Path, tool: str) -> None:
    source = Source(write(tmp_path, json.dumps(EXPORTS[tool]) + "\n", "a.jsonl"), task="single_label")
    assert [(row.text, row.target) for row in source] == [("a", "x")]
    assert source.parts[0].format == f"an export of {tool} (JSON lines)"


def test_ordinary_tables_are_no_exports(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,label,comments\n1,a,x#y,\n")
    assert given(path)[0] == [("a", "x#y")]
    assert Source(path).parts[0].format == "text, fields between commas"


@pytest.mark.parametrize("tool", EXPORTS)
def test_a_column_that_is_not_there_is_told(tmp_path: Path, tool: str) -> None:
    path = write(tmp_path, json.dumps(EXPORTS[tool]) + "\n", "a.jsonl")
    assert refusal(path, Columns(label="tone")).startswith(", line 1: no column 'tone'")


def test_rows_have_the_lines_of_the_file(tmp_path: Path) -> None:
    rows = [{**EXPORTS["Label Studio"], "id": number, "annotation_id": number} for number in (1, 2, 2)]
    rows[2]["annotation_id"] = 3
    path = write(tmp_path, "".join(json.dumps(row) + "\n\n" for row in rows), "a.jsonl")
    assert [row.line for row in read(path)] == [1, 3]


def test_the_texts_of_pairs_are_read(tmp_path: Path) -> None:
    row = {**EXPORTS["Label Studio"], "reply": "b"}
    (only,) = read(write(tmp_path, json.dumps(row) + "\n", "a.jsonl"), Columns(pair="reply"))
    assert (only.text, only.pair, only.target) == ("a", "b", "x")


def test_what_counts_is_a_part_of_the_hash_of_the_contents(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(EXPORTS["Label Studio"]) + "\n", "a.jsonl")
    ways: tuple[Any, ...] = ("majority", "first", "all")
    hashes = {Source(path, reading=Reading(annotators=way)).parts[0].content_hash() for way in ways}
    assert len(hashes) == 3


def test_an_export_without_rows_is_told(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "id,text,label,Comments\n")) == ": the file has no rows"


def test_an_export_of_which_nothing_counts_says_why(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps({**EXPORTS["Prodigy"], "answer": "reject"}) + "\n", "a.jsonl")
    assert refusal(path) == ": no rows to use. Received: 1 rows, left out: {'rejected': 1}"
