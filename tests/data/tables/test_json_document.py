import json
from pathlib import Path

import pytest
from data_files import given, read, refusal, write
from tool_rows import LEFT_OUT, ROWS, USED

OBJECTS = [{"text": text, "label": label} for text, label in ROWS]
TWO = [("one", "1"), ("two", "0")]
ORIENTED = {
    "records": [{"text": "one", "label": 1}, {"text": "two", "label": 0}],
    "columns": {"text": {"0": "one", "7": "two"}, "label": {"0": 1, "7": 0}},
    "index": {"0": {"text": "one", "label": 1}, "7": {"text": "two", "label": 0}},
    "split": {"columns": ["text", "label"], "index": [0, 7], "data": [["one", 1], ["two", 0]]},
    "table": {"schema": {"fields": []}, "data": [{"index": 0, "text": "one", "label": 1}, {"text": "two", "label": 0}]},
    "lists": {"text": ["one", "two"], "label": [1, 0]},
    "named": {"version": 1, "data": [{"text": "one", "label": 1}, {"text": "two", "label": 0}]},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["rows.json", "rows.JSON", "rows.json.gz", "rows.jsonl", "rows.txt"])
@pytest.mark.parametrize("ascii", [False, True])
def test_a_list_of_objects_is_a_table_whatever_its_name(
    tmp_path: Path, name: str, indent: int | None, ascii: bool
) -> None:
    path = write(tmp_path, json.dumps(OBJECTS, indent=indent, ensure_ascii=ascii), name)
    assert given(path) == (USED, LEFT_OUT)


def test_rows_have_the_lines_on_which_their_objects_begin(tmp_path: Path) -> None:
    path = write(
        tmp_path, '\ufeff[\n {"text": "a",\n  "label": "x"}\n,\r\n\r\n {"label": "y", "text": "b"} ]\n', "a.json"
    )
    assert [(row.text, row.line) for row in read(path)] == [("a", 2), ("b", 6)]


def test_rows_that_begin_on_one_line_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    rows = [{"text": text, "label": "x"} for text in "abc"]
    assert [row.line for row in read(write(tmp_path, json.dumps(rows), "a.json"))] == [1, 2, 3]
    two_a_line = "[" + ",\n".join(", ".join([json.dumps(row)] * 2) for row in rows) + "]"
    assert [row.line for row in read(write(tmp_path, two_a_line, "b.json"))] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("orient", ORIENTED)
def test_what_pandas_writes_is_read_in_every_orientation_with_names(
    tmp_path: Path, orient: str, indent: int | None
) -> None:
    assert given(write(tmp_path, json.dumps(ORIENTED[orient], indent=indent), "rows.json"))[0] == TWO


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[["one", 1], ["two", 0]]', ", line 1: a JSON object expected. Received: ['one', 1]"),
        ('[\n{"text": "a"},\n5]', ", line 3: a JSON object expected. Received: 5"),
        ('"text"', ": a list of objects expected, or a JSON object in each line. Received: 'text'"),
        (
            '{\n"text": "a",\n"label": "b"}',
            ": a list of objects expected, or a JSON object in each line. Received: an object with text, label",
        ),
        ('{"columns": ["text"], "data": [["a"], ["b", "c"]]}', ": a list of 1 values expected. Received: ['b', 'c']"),
        (
            '{"text": ["a", "b"], "label": ["x"]}',
            ": a list of objects expected, or a JSON object in each line. Received",
        ),
        ('[\n{"text": "a"},\n{"text": "b"', ", line 3: no valid JSON (Expecting ',' delimiter"),
        (
            '[{"text": "a"}',
            ", line 1: no valid JSON (',' or ']' expected). Received: the end of the file; was it cut off?",
        ),
        (
            '[{"text": "a"} {"text": "b"}]',
            ", line 1: no valid JSON (',' or ']' expected). Received: {\"text\": \"b\"}]",
        ),
        ('[{"text": "a"}]\n[{"text": "b"}]', ', line 2: no valid JSON (Extra data). Received: [{"text": "b"}]'),
        (
            '{\n"text": "a"\n}\n{"text": "b"}',
            ', line 4: no valid JSON (Extra data: line 4 column 1 (char 16)). Received: {"text',
        ),
        ('[{"text": "\\ud800", "label": "a"}]', ", line 1: no valid JSON ('utf-8' codec can't encode character"),
        ('[{"text": "a", "label": ' + "1" * 5000 + "}]", ", line 1: no valid JSON ("),
        ("[" * 100_000, ", line 1: no valid JSON ("),
        ("[]", ": the file is empty"),
        ("", ": the file is empty"),
    ],
)
def test_what_holds_no_rows_is_told(tmp_path: Path, content: str, message: str) -> None:
    told = refusal(write(tmp_path, content, "rows.json"))
    assert told.startswith(message)
    assert len(told) < 300


def test_json_lines_are_read_whatever_their_name(tmp_path: Path) -> None:
    lines = "".join(json.dumps(entry) + "\n" for entry in OBJECTS)
    for name in ("rows.json", "rows.txt", "part-00000-0b7a8d5e.c000.json", "rows.csv", "rows"):
        assert given(write(tmp_path, lines, name)) == (USED, LEFT_OUT)


def test_keys_that_the_first_objects_lack_are_columns_too(tmp_path: Path) -> None:
    objects = ['{"text": "a", "category": "A"}', '{"text": "b", "label": "B", "category": "A"}']
    for content in ("\n".join(objects), f"[{','.join(objects)}]"):
        assert given(write(tmp_path, content, "rows.json")) == ([("b", "B")], {"empty label": 1})
