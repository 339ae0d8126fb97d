from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Columns, Row


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.ndjson", "rows.jsonl.gz"])
def test_objects_are_rows_with_their_lines(tmp_path: Path, name: str) -> None:
    path = write(
        tmp_path,
        '\ufeff{"text": "a\\nb", "label": "x", "more": [1]}\r\n\n{"label": 1, "text": "\\u8a9e\\ud83d\\ude00"}',
        name,
    )
    assert read(path) == [Row(path, 1, "a\nb", None, "x"), Row(path, 3, "語\U0001f600", None, "1")]


def test_null_is_an_empty_text_or_label(tmp_path: Path) -> None:
    content = (
        '{"text": null, "b": "x", "label": 1}\n'
        '{"text": "a", "b": null, "label": null}\n'
        '{"text": "a", "b": null, "label": true}'
    )
    (row,) = read(write(tmp_path, content, "rows.jsonl"), Columns(pair="b"))
    assert (row.line, row.pair, row.target) == (3, "", "true")


def test_a_key_that_an_object_lacks_is_null(tmp_path: Path) -> None:
    content = '{"text": "a"}\n{"txt": "b", "label": "x"}\n{}\n{"text": "c", "b": "d", "label": "y"}\n'
    (row,) = read(write(tmp_path, content, "rows.jsonl"), Columns(pair="b"))
    assert (row.line, row.text, row.pair, row.target) == (4, "c", "d", "y")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a", "label": }', "no valid JSON (Expecting value: line 1 column 24 (char 23)). Received: "),
        ('{"text": "a"} {"text": "b"}', "no valid JSON (Extra data: line 1 column 15 (char 14)). Received: "),
        ('{"text": "\\ud800", "label": "a"}', "no valid JSON ('utf-8' codec can't encode character '\\ud800'"),
        ("[" * 100_000, "no valid JSON ("),
        ('{"text": "a", "label": ' + "1" * 5000 + "}", "no valid JSON ("),
        ('["a", "b"]', 'a JSON object expected. Received: ["a", "b"]'),
        ('{"text": 5, "label": "b"}', "a text expected. Received: 5"),
        ('{"text": "a", "label": 1.5}', "a label expected: a string or an integer. Received: 1.5"),
        (
            '{"text": "a", "label": ["b", "c"]}',
            "one label expected. Received: 2 of them, ['b', 'c']; for rows with any",
        ),
        ('{"text": "a", "label": {"b": 1}}', "a label expected: a string or an integer. Received: {'b': 1}"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    told = refusal(write(tmp_path, f'\n{{"text": "a", "label": "b"}}\n\n{line}\n', "rows.jsonl"))
    assert told.startswith(f", line 4: {message}")
    assert len(told) < 300


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_told(tmp_path: Path, content: str) -> None:
    assert refusal(write(tmp_path, content, "rows.jsonl")).startswith(
        ": the file is empty; expected a JSON object a line"
    )


def test_lines_are_counted_on_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.data.json_lines.MOST_RECORDS", 3)
    path = write(tmp_path, "".join(f'{{"text": "{row}"}}\n\n' for row in range(10)), "rows.jsonl")
    assert [(row.text, row.line) for row in read(path, task=None)] == [(str(row), 2 * row + 1) for row in range(10)]


def test_a_stray_carriage_return_between_objects_is_no_error_and_in_a_string_it_is(tmp_path: Path) -> None:
    assert texts(write(tmp_path, '{"text": "a"}\r\n{"text":\r"b"}\n', "rows.jsonl")) == ["a", "b"]
    assert refusal(write(tmp_path, '{"text": "a\rb"}\n', "rows.jsonl"), task=None).startswith(
        ", line 1: no valid JSON (Invalid control"
    )
