from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Columns, Row, Source
from bert_keras.files import where


def test_rows_of_several_files_of_any_kind_are_one_stream(tmp_path: Path) -> None:
    files = [
        write(tmp_path, "text,label\na,1\n\nb,2\n", "1.csv"),
        write(tmp_path, "label\ttext\n1\tc\n", "2.tsv.gz"),
        write(tmp_path, '{"text": "d", "label": 2}\n', "3.jsonl"),
    ]
    source = Source(files, task="single_label")
    expected = [Row(files[0], 2, "a", None, "1"), Row(files[0], 4, "b", None, "2")]
    expected += [Row(files[1], 2, "c", None, "1"), Row(files[2], 1, "d", None, "2")]
    assert list(source) == expected
    assert list(source) == expected
    assert source.name == f"{files[0]} and 2 more"
    assert source.files == tuple(files)


def test_a_pattern_stands_for_its_files_in_their_order(tmp_path: Path) -> None:
    for name in ("b-2.csv", "b-1.csv", "a.csv"):
        write(tmp_path, f"text\n{name}\n", name)
    (tmp_path / "b-3.csv").mkdir()
    assert texts(str(tmp_path / "b-*.csv")) == ["b-1.csv", "b-2.csv"]
    assert texts([str(tmp_path / "a.csv"), str(tmp_path / "b-?.csv")]) == ["a.csv", "b-1.csv", "b-2.csv"]
    assert refusal(str(tmp_path / "c-*.csv")) == ": no file fits this pattern"


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, "text\nother\n", "a1.csv")
    assert texts(write(tmp_path, "text\nitself\n", "a[1].csv")) == ["itself"]


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path: Path) -> None:
    source = Source(write(tmp_path, 'text,label\ngood,yes\n  ,yes\n"",no\nbad,\n,\nfine,no\n'), task="single_label")
    assert [(row.text, row.target, row.line) for row in source] == [("good", "yes", 2), ("fine", "no", 7)]
    assert source.left_out == {"empty text": 3, "empty label": 1}
    assert source.rows_read == 6
    assert len(list(source)) == 2
    assert source.rows_read == 6  # counted anew, not on


def test_without_a_task_labels_are_not_looked_at(tmp_path: Path) -> None:
    source = Source(write(tmp_path, "text,label\ngood,\nbad,no\n"))
    assert [(row.text, row.target) for row in source] == [("good", None), ("bad", None)]
    assert source.left_out == {}


def test_a_source_with_nothing_to_use_says_what_was_left_out(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "text,label\n")) == ": no rows to use. Received: 0 rows, left out: none"
    message = refusal(write(tmp_path, "text,label\n,a\nb,\n"))
    assert message == ": no rows to use. Received: 2 rows, left out: {'empty text': 1, 'empty label': 1}"


def test_a_file_with_only_a_header_is_fine_beside_others(tmp_path: Path) -> None:
    assert texts([write(tmp_path, "text\n", "1.csv"), write(tmp_path, "text\na\n", "2.csv")]) == ["a"]


def test_the_first_rows_come_before_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 10)
    path = write(tmp_path, "text\n" + "fine\n" * 50 + "one,two\n")
    assert next(iter(Source(path))).text == "fine"
    assert refusal(path, task=None).startswith(", line 52: 1 fields expected")


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("b|a", ("b", "a")),
        (" a | b ", ("a", "b")),
        ("a||a|", ("a",)),
        ("", ()),
        (" ", ()),
        ('["b", "a|c", 1]', ("b", "a|c", "1")),
        ("[]", ()),
    ],
)
def test_a_cell_holds_any_number_of_labels(tmp_path: Path, cell: str, labels: tuple[str, ...]) -> None:
    (row,) = read(write(tmp_path, f"text\tlabels\nx\t{cell}\n", "rows.tsv"), task="multi_label")
    assert row.target == labels


def test_labels_in_a_cell_may_be_divided_by_something_else(tmp_path: Path) -> None:
    path = write(tmp_path, "text\tlabels\nx\ta, b|c\n", "rows.tsv")
    assert read(path, Columns(separator=","), "multi_label")[0].target == ("a", "b|c")


def test_lists_and_null_in_json_are_labels(tmp_path: Path) -> None:
    content = "".join(
        f'{{"text": "x", "labels": {value}}}\n'
        for value in ('["a", "b", "a"]', "[]", "null", '"c|d"', "[1, true, null]")
    )
    rows = read(write(tmp_path, content, "rows.jsonl"), task="multi_label")
    assert [row.target for row in rows] == [("a", "b"), (), (), ("c", "d"), ("1", "true")]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"[a, [b]]"', "a list of labels expected, as it is in brackets. Received: '[a, [b]]'"),
        ("5", "a list of labels expected, or names with '|' between them. Received: 5"),
        ('[["a"]]', "a label expected: a string or an integer. Received: ['a']"),
    ],
)
def test_what_is_no_list_of_labels_is_told(tmp_path: Path, value: str, message: str) -> None:
    path = write(tmp_path, f'{{"text": "x", "labels": []}}\n{{"text": "x", "labels": {value}}}\n', "rows.jsonl")
    assert refusal(path, task="multi_label") == f", line 2: {message}"


def test_columns_of_0_and_1_are_labels(tmp_path: Path) -> None:
    columns = Columns(label=("rude", "funny"))
    path = write(tmp_path, "text,funny,rude,x\na,0,1,5\nb,1,1,5\nc,0,0,5\nd,,True,5\n")
    assert [row.target for row in read(path, columns, "multi_label")] == [("rude",), ("rude", "funny"), (), ("rude",)]
    jsonl = write(
        tmp_path, '{"text": "a", "rude": true, "funny": 0}\n{"text": "b", "rude": null, "funny": 1}\n', "rows.jsonl"
    )
    assert [row.target for row in read(jsonl, columns, "multi_label")] == [("rude",), ("funny",)]
    wrong = write(tmp_path, "text,rude,funny\na,0,2\n")
    assert refusal(wrong, columns, "multi_label") == ", line 2: 0 or 1 expected in the column 'funny'. Received: '2'"


def test_numbers_are_targets_of_regression(tmp_path: Path) -> None:
    source = Source(write(tmp_path, "text,label\na,1\nb, -2.5e-1 \nc,\nd,007\n"), task="regression")
    assert [row.target for row in source] == [1.0, -0.25, 7.0]
    assert source.left_out == {"empty label": 1}
    assert [
        row.target for row in read(write(tmp_path, '{"text": "a", "score": 3}', "rows.jsonl"), task="regression")
    ] == [3.0]


@pytest.mark.parametrize("value", ["good", "inf", "-Infinity", "1e39", "1,5,0", "0x10", "1 2"])
def test_what_is_no_finite_number_is_told(tmp_path: Path, value: str) -> None:
    message = refusal(write(tmp_path, f"text\tlabel\na\t1\nb\t{value}\n", "rows.tsv"), task="regression")
    assert message == f", line 3: a number expected. Received: {value!r}"


@pytest.mark.parametrize("value", ["true", "[1]", "1e400", "1" * 4000])
def test_what_is_no_finite_number_in_json_is_told(tmp_path: Path, value: str) -> None:
    path = write(tmp_path, f'{{"text": "a", "label": {value}}}', "rows.jsonl")
    assert refusal(path, task="regression").startswith(", line 1: a number expected. Received: ")


def test_places_are_lines_of_files_and_rows_of_data_sets() -> None:
    assert where("a.csv", 5) == "a.csv, line 5"
    assert where("tfds:glue/sst2:train", 5) == "tfds:glue/sst2:train, row 5"
