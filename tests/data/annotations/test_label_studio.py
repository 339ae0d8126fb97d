"""Exports of Label Studio, as its SDK writes them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from data_files import given, refusal, write

from bert_keras.data import Columns
from bert_keras.data.tables.reading import Reading

CSV = (
    b'"annotation_id","annotator","created_at","id","lead_time","tone","text","updated_at"\r\n'
    b'1,"a@example.org","2026-02-01T00:00:00Z",1,2.5,"Kind","She asked ""why"", and\nwaited","2026-02-01T00:00:00Z"\r\n'
    b'2,"a@example.org","2026-02-01T00:00:00Z",2,2.5,"Kind","two of three agree","2026-02-01T00:00:00Z"\r\n'
    b'3,"b@example.org","2026-02-01T00:00:00Z",2,2.5,"Harsh","two of three agree","2026-02-01T00:00:00Z"\r\n'
    b'4,"c@example.org","2026-02-01T00:00:00Z",2,2.5,"Kind","two of three agree","2026-02-01T00:00:00Z"\r\n'
    b'5,"a@example.org","2026-02-01T00:00:00Z",3,2.5,"Kind","two disagree","2026-02-01T00:00:00Z"\r\n'
    b'6,"b@example.org","2026-02-01T00:00:00Z",3,2.5,"Harsh","two disagree","2026-02-01T00:00:00Z"\r\n'
    b'7,"a@example.org","2026-02-01T00:00:00Z",4,2.5,"","nothing chosen","2026-02-01T00:00:00Z"\r\n'
    b'"","","",5,"","","nobody has seen it",""\r\n'
    b'8,"a@example.org","2026-02-01T00:00:00Z",6,2.5,"Harsh","  D:\\temp, E:\\x\\  ","2026-02-01T00:00:00Z"\r\n'
)
FIRST, LAST = ('She asked "why", and\nwaited', "Kind"), ("  D:\\temp, E:\\x\\  ", "Harsh")
ROWS = {
    "majority": (
        [FIRST, ("two of three agree", "Kind"), LAST],
        {
            "not annotated": 1,
            "no majority among its annotators": 2,
            "other answers on the same text (majority)": 2,
            "empty label": 1,
        },
    ),
    "first": (
        [FIRST, ("two of three agree", "Kind"), ("two disagree", "Kind"), LAST],
        {"not annotated": 1, "other answers on the same text (first)": 3, "empty label": 1},
    ),
    "all": (
        [
            FIRST,
            *(("two of three agree", label) for label in ("Kind", "Harsh", "Kind")),
            *(("two disagree", label) for label in ("Kind", "Harsh")),
            LAST,
        ],
        {"not annotated": 1, "empty label": 1},
    ),
}
ANNOTATION = {"annotator": 1, "created_at": "", "updated_at": "", "lead_time": 1.5}


def minimal(*rows: dict[str, Any]) -> str:
    """A JSON_MIN export, one annotation a row unless it says otherwise."""
    return json.dumps([{"id": place, "annotation_id": place, **ANNOTATION, **row} for place, row in enumerate(rows, 1)])


def task(number: int, *choices: list[str] | None, data: dict[str, Any] | None = None, control: str = "topic") -> Any:
    """A task of a JSON export with an annotation for each list of choices; None is a skipped one."""
    annotations = [
        {
            "id": number * 10 + place,
            "completed_by": place,
            "was_cancelled": chosen is None,
            "result": [{"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": chosen}}]
            if chosen is not None
            else [],
        }
        for place, chosen in enumerate(choices)
    ]
    draft = [{"result": [{"from_name": control, "type": "choices", "value": {"choices": ["Drafted"]}}]}]
    data = {"text": f"text {number}", **(data or {})}
    return {"id": number, "data": data, "annotations": annotations, "drafts": draft, "predictions": draft}


@pytest.mark.parametrize("annotators", ["majority", "first", "all"])
@pytest.mark.parametrize("separator", [b",", b"\t"])
def test_rows_of_annotations_are_one_row_a_text(tmp_path: Path, separator: bytes, annotators: Any) -> None:
    content = CSV if separator == b"," else tabbed()
    assert given(write(tmp_path, content), reading=Reading(annotators=annotators)) == ROWS[annotators]


def tabbed() -> bytes:
    """The same export as TSV, which Label Studio names result.csv."""
    rows = list(csv.reader(io.StringIO(CSV.decode(), newline="")))
    kinds = [name in ("annotation_id", "id", "lead_time") for name in rows[0]]
    lines = [
        "\t".join(
            value if number and value and place else '"' + value.replace('"', '""') + '"'
            for number, value in zip(kinds, row, strict=True)
        )
        for place, row in enumerate(rows)
    ]
    return "".join(line + "\r\n" for line in lines).encode()


def test_several_choices_are_a_list_and_one_is_a_name(tmp_path: Path) -> None:
    head = '"annotation_id","annotator","created_at","id","lead_time","text","topics","updated_at"\r\n'
    rows = ['"Food"', '"{""choices"":[""A|B"",""Food"",""Price, value""]}"', '""', '"[late]"']
    lines = [f'{place},"a","",{place},1.5,"text {place}",{row},""\r\n' for place, row in enumerate(rows, 1)]
    path = write(tmp_path, head + "".join(lines))
    names = [("Food",), ("A|B", "Food", "Price, value"), (), ("[late]",)]
    assert given(path, task="multi_label") == ([(f"text {place}", each) for place, each in enumerate(names, 1)], {})
    assert refusal(path).startswith(
        ", line 3: one label expected. Received: 3 of them, ['A|B', 'Food', 'Price, value']"
    )


def test_json_min_has_keys_only_where_something_was_chosen(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        minimal(
            {"text": "a", "topics": "Food"},
            {"text": "b", "topics": {"choices": ["Food", "Price|value"]}},
            {"text": "c"},
            {"text": "d", "annotation_id": None},
        ),
        "a.json",
    )
    assert given(path, task="multi_label") == (
        [("a", ("Food",)), ("b", ("Food", "Price|value")), ("c", ())],
        {"not annotated": 1},
    )


@pytest.mark.parametrize(
    ("annotators", "rows"),
    [
        ("majority", [("text 1", "A"), ("text 5", "A"), ("text 6", "B")]),
        ("first", [("text 1", "A"), ("text 2", "A"), ("text 5", "A"), ("text 6", "B")]),
    ],
)
def test_tasks_with_their_annotations(tmp_path: Path, annotators: Any, rows: list[tuple[str, str]]) -> None:
    tasks = [
        task(1, ["A"]),
        task(2, ["A"], ["B"]),
        task(3, None),
        task(4),
        task(5, ["A"], ["B"], ["A"]),
        task(6, None, ["B"]),
    ]
    used, left_out = given(write(tmp_path, json.dumps(tasks), "a.json"), reading=Reading(annotators=annotators))
    assert used == rows
    assert left_out["skipped by its annotator"] == 2
    assert left_out["not annotated"] == 1
    assert sum(left_out.values()) + len(used) == 10


def test_of_several_choices_each_counts_for_itself(tmp_path: Path) -> None:
    tasks = [task(1, ["A", "B"], ["A"], ["C", "A", "B"]), task(2, []), task(3, ["C"])]
    used, left_out = given(write(tmp_path, json.dumps(tasks), "a.json"), task="multi_label")
    assert used == [("text 1", ("A", "B")), ("text 2", ()), ("text 3", ("C",))]
    assert left_out == {"other answers on the same text (majority)": 2}


@pytest.mark.parametrize("control", ["topic", "label", "sentiment"])
def test_labels_among_the_data_are_no_annotations(tmp_path: Path, control: str) -> None:
    tasks = [task(1, ["A"], data={"category": "old"}, control=control), task(2, ["B"], data={"category": "old"})]
    tasks[1]["annotations"][0]["result"][0]["from_name"] = control
    assert given(write(tmp_path, json.dumps(tasks), "a.json"))[0] == [("text 1", "A"), ("text 2", "B")]


def test_one_of_several_controls_is_named(tmp_path: Path) -> None:
    tasks = [task(1, ["A"]), task(2, ["B"])]
    for each in tasks:
        each["annotations"][0]["result"].append({"from_name": "tone", "value": {"choices": ["Kind"]}})
    path = write(tmp_path, json.dumps(tasks), "a.json")
    assert refusal(path).startswith(", line 1: no column with a usual name for the label. Received: text, topic, tone")
    assert given(path, Columns(label="tone"))[0] == [("text 1", "Kind"), ("text 2", "Kind")]


def test_ratings_are_numbers(tmp_path: Path) -> None:
    rows = minimal({"text": "a", "stars": 4}, {"text": "b", "stars": 5})
    assert given(write(tmp_path, rows, "a.json"), task="regression")[0] == [("a", 4.0), ("b", 5.0)]
    head = '"annotation_id","annotator","created_at","id","lead_time","stars","text","updated_at"\r\n'
    path = write(tmp_path, head + '1,"a","",1,1.5,4,"a",""\r\n2,"a","",2,1.5,"","b",""\r\n')
    assert given(path, task="regression") == ([("a", 4.0)], {"empty label": 1})
    assert given(path) == ([("a", "4")], {"empty label": 1})


def test_without_labels_each_text_is_read_once(tmp_path: Path) -> None:
    used, left_out = given(write(tmp_path, CSV), task=None)
    assert [text for text, _ in used] == [
        FIRST[0],
        "two of three agree",
        "two disagree",
        "nothing chosen",
        "nobody has seen it",
        LAST[0],
    ]
    assert left_out == {"other answers on the same text (majority)": 3}
    tasks = json.dumps([task(1, None), task(2), task(3, ["A"], ["B"])])
    assert [text for text, _ in given(write(tmp_path, tasks, "a.json"), task=None)[0]] == ["text 1", "text 2", "text 3"]


def test_columns_of_0_and_1_are_labels_of_annotations_alone(tmp_path: Path) -> None:
    def rows(*of: tuple[int, int | None, int, int]) -> str:
        return json.dumps(
            [{**ANNOTATION, "id": i, "annotation_id": a, "text": f"t{i}", "rude": r, "loud": q} for i, a, r, q in of]
        )

    path = write(tmp_path, rows((1, 1, 1, 0), (2, None, 0, 0), (3, 2, 1, 1), (3, 3, 1, 1), (3, 4, 0, 0)), "a.json")
    assert given(path, Columns(label=("rude", "loud")), "multi_label") == (
        [("t1", ("rude",)), ("t3", ("rude", "loud"))],
        {"not annotated": 1, "other answers on the same text (majority)": 2},
    )
