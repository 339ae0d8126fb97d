import gzip
from pathlib import Path

import pytest
from data_files import write

from bert_keras.data.json_file import JsonFile
from bert_keras.errors import DataError


def refusal(path: str) -> str:
    with pytest.raises(DataError) as error:
        JsonFile(path).document()
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(path)


@pytest.mark.parametrize("name", ["a.json", "a.JSON", "a.json.gz"])
def test_the_value_is_read_with_a_byte_order_mark_or_without(tmp_path: Path, name: str) -> None:
    assert JsonFile(write(tmp_path, '\ufeff{"é": [1,\r\n"\\ud83d\\ude00"]}', name)).document() == {
        "é": [1, "\U0001f600"]
    }


def test_a_line_may_be_of_any_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.files.text_file.LONGEST_LINE", 10)
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 7)
    assert JsonFile(write(tmp_path, '["' + "é" * 1000 + '"]', "a.json")).document() == ["é" * 1000]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty; expected JSON"),
        (" \n", ": the file is empty; expected JSON"),
        (
            '{"a":\n  1,, 2}',
            ", line 2: no valid JSON (Expecting property name enclosed in double quotes in column 5). Received: , 2}",
        ),
        (
            '{"a": ["b", ',
            ", line 1: no valid JSON (Expecting value in column 13). Received: the end of the file; was it cut off?",
        ),
        ('{"a": "b', ', line 1: no valid JSON (Unterminated string starting at in column 7). Received: "b'),
        (
            '{"a": 1}\n{"a": 2}\n',
            ', line 2: no valid JSON (Extra data in column 1). Received: {"a": 2}; '
            "a file with an object in each line is named .jsonl",
        ),
        ("[" * 100_000, ": no valid JSON (maximum recursion depth exceeded"),
        ("[" + "1" * 5000 + "]", ": no valid JSON (Exceeds the limit"),
        (b'["a",\n "\xe9"]', ", line 2: not UTF-8. Received: byte 0xe9; save the file as UTF-8"),
        ('["a"]'.encode("utf-16"), ", line 1: UTF-16. Received: bytes ff fe; save the file as UTF-8"),
    ],
)
def test_what_is_no_json_is_told(tmp_path: Path, content: str | bytes, message: str) -> None:
    told = refusal(write(tmp_path, content, "a.json"))
    assert told.startswith(message)
    assert len(told) < 300


def test_a_broken_gzip_file_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(b'["a", "b"]')
    for raw in (whole[:-9], b'["a", "b"]'):
        (tmp_path / "a.json.gz").write_bytes(raw)
        assert refusal(str(tmp_path / "a.json.gz")).startswith(", line 1: a broken gzip file (")
