"""Exports of Argilla: the rows of `to_list(flatten=True)` and of `to_datasets`, and what `to_json` writes."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from data_files import given, refusal, write

from bert_keras.data import Columns
from bert_keras.data.tables.reading import Reading


def record(number: int, values: list[Any] | None, states: list[str] | None, **more: Any) -> dict[str, Any]:
    """A flat record with responses to the question "label"."""
    return {
        "id": f"r{number}",
        "status": "completed",
        "text": f"text {number}",
        "label.responses": values,
        "label.responses.users": None if values is None else ["u"] * len(values),
        "label.responses.status": states,
        "label.suggestion": "suggested",
        "label.suggestion.score": None,
        **more,
    }


RECORDS = [
    record(1, ["good"], ["submitted"]),
    record(2, ["good", "bad"], ["submitted", "submitted"]),
    record(3, ["good"], ["discarded"]),
    record(4, None, None),
    record(5, ["good", "bad"], ["draft", "submitted"]),
    record(6, ["good", "bad", "good"], ["submitted"] * 3),
    record(7, [None], ["discarded"]),
]
ALWAYS = {"a response that is discarded": 2, "not annotated": 1, "a response that is draft": 1}


@pytest.mark.parametrize(
    ("annotators", "rows", "left_out"),
    [
        (
            "majority",
            [(1, "good"), (5, "bad"), (6, "good")],
            {"no majority among its annotators": 2, "other answers on the same text (majority)": 2},
        ),
        (
            "first",
            [(1, "good"), (2, "good"), (5, "bad"), (6, "good")],
            {"other answers on the same text (first)": 3},
        ),
        ("all", [(1, "good"), (2, "good"), (2, "bad"), (5, "bad"), (6, "good"), (6, "bad"), (6, "good")], {}),
    ],
)
@pytest.mark.parametrize("kind", ["jsonl", "json", "parquet"])
def test_submitted_responses_count(
    tmp_path: Path, kind: str, annotators: Any, rows: list[tuple[int, str]], left_out: dict[str, int]
) -> None:
    path = str(tmp_path / f"a.{kind}")
    if kind == "parquet":
        pa.parquet.write_table(pa.Table.from_pylist(RECORDS), path)
    else:
        lines = "".join(json.dumps(entry) + "\n" for entry in RECORDS)
        write(tmp_path, lines if kind == "jsonl" else json.dumps(RECORDS), f"a.{kind}")
    expected = [(f"text {number}", label) for number, label in rows]
    assert given(path, reading=Reading(annotators=annotators)) == (expected, ALWAYS | left_out)


def test_several_labels_of_several_people_count_each_for_itself(tmp_path: Path) -> None:
    records = [record(1, [["a", "b"]], ["submitted"]), record(2, [["a"], ["a", "c"], ["c", "a"]], ["submitted"] * 3)]
    path = write(tmp_path, json.dumps(records), "a.json")
    assert given(path, task="multi_label") == (
        [("text 1", ("a", "b")), ("text 2", ("a", "c"))],
        {"other answers on the same text (majority)": 2},
    )


def test_numbered_labels_have_their_names(tmp_path: Path) -> None:
    features = {"label.responses": {"feature": {"names": ["None", "good"], "_type": "ClassLabel"}, "_type": "List"}}
    table = pa.Table.from_pylist([record(1, [1], ["submitted"]), record(2, [0], ["submitted"])])
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    assert given(str(tmp_path / "a.parquet")) == ([("text 1", "good")], {"label 'None'": 1})


def test_ratings_in_csv_are_lists_without_commas(tmp_path: Path) -> None:
    head = "text,label.responses,label.responses.status\n"
    path = write(tmp_path, head + "one,[4],['submitted']\ntwo,[5 1],['submitted' 'discarded']\n")
    assert given(path, task="regression") == ([("one", 4.0), ("two", 5.0)], {"a response that is discarded": 1})


def test_suggestions_are_read_where_they_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(RECORDS), "a.json")
    assert given(path, Columns(label="label.suggestion"))[0] == [
        (f"text {number}", "suggested") for number in range(1, 8)
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"fields": {"text": "a"}, "suggestions": {}, "responses": {"label": [{"value": "good", "user_id": "u"}]}},
        {"text": "a", "label.responses": ["good"]},
        {"text": "a", "label.responses": ["good", "bad"], "label.responses.status": ["submitted"]},
    ],
)
def test_responses_without_their_states_are_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    message = refusal(write(tmp_path, json.dumps([{"id": "r", **entry}]), "a.json"))
    assert message.startswith(", line 1: ")
    assert message.endswith(
        " responses to 'label' without their states, so that discarded ones look submitted; export the records with "
        "to_datasets(), or with to_list(flatten=True), which keep it"
    )


def test_the_fields_of_nested_records_are_texts(tmp_path: Path) -> None:
    entry = {"id": "r", "fields": {"text": "a"}, "suggestions": {}, "responses": {}, "vectors": {}, "status": "pending"}
    assert given(write(tmp_path, json.dumps([entry]), "a.json"), task=None)[0] == [("a", None)]
