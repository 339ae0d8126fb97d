"""Columns of labels as tools write them, and the targets that they are."""

import csv
import io
from pathlib import Path

import pytest
from data_files import given, refusal, targets, write

from bert_keras.data import Columns


def table(folder: Path, cells: list[str]) -> str:
    """A csv file with a row for each label."""
    file = io.StringIO()
    rows = [(f"row {row}", cell) for row, cell in enumerate(cells)]
    csv.writer(file, lineterminator="\n").writerows([("text", "label"), *rows])
    return write(folder, file.getvalue())


@pytest.mark.parametrize(
    "cells",
    [
        ['["late", "rude, loud"]', "[]", '["late"]'],
        ["['late', 'rude, loud']", "[]", "['late']"],
        ["['late' 'rude, loud']", "[]", "['late']"],
        ["[late, 'rude, loud']", "[]", "[late]"],
        ['{late,"rude, loud"}', "{}", "{late}"],
        ['{"choices": ["late", "rude, loud"]}', "", '{"choices": ["late"]}'],
        ["late|rude, loud", "", "late"],
        ["late; rude, loud", "NULL", "late"],
    ],
)
def test_sets_of_labels_are_one_thing_however_they_are_written(tmp_path: Path, cells: list[str]) -> None:
    assert targets(table(tmp_path, cells), task="multi_label") == [("late", "rude, loud"), (), ("late",)]


@pytest.mark.parametrize(
    "cells", [["['late']", "['rude']", "[]"], ["[late]", "[rude]", "[]"], ["{late}", "{rude}", "{}"]]
)
def test_a_column_of_lists_of_one_label_is_of_that_label(tmp_path: Path, cells: list[str]) -> None:
    assert given(table(tmp_path, cells)) == ([("row 0", "late"), ("row 1", "rude")], {f"label {cells[-1]!r}": 1})


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_a_name_in_brackets_beside_others_is_a_name(tmp_path: Path, task: str) -> None:
    found = targets(table(tmp_path, ["[other]", "late", "{x}"]), task=task)
    assert found == (["[other]", "late", "{x}"] if task == "single_label" else [("[other]",), ("late",), ("{x}",)])


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
@pytest.mark.parametrize("cell", ["['late' rude]", "['late', 'rude'] x]", "{{late},{rude}}", '{"k": 1}', "[late,]"])
def test_what_is_in_brackets_and_no_list_is_told_with_its_line(tmp_path: Path, cell: str, task: str) -> None:
    assert refusal(table(tmp_path, ["['late']", cell]), task=task) == (
        f", line 3: a list of labels expected, as it is in brackets. Received: {cell!r}"
    )


def test_two_labels_for_one_are_told(tmp_path: Path) -> None:
    assert refusal(table(tmp_path, ["['late']", "['late', 'rude']"])) == (
        ", line 3: one label expected. Received: 2 of them, \"['late', 'rude']\"; for rows with any number of labels "
        "there is --task multi_label"
    )


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_a_list_without_its_middle_is_told(tmp_path: Path, task: str) -> None:
    assert refusal(table(tmp_path, ["[3 4 ... 8 9]"]), task=task) == (
        ", line 2: a whole list expected, and its middle was left out when it was printed. Received: '[3 4 ... 8 9]'; "
        "write the data as JSON lines or Parquet"
    )


@pytest.mark.parametrize(
    "cells",
    [
        ["[1, 0, 1]", "[0, 0, 0]"],
        ["[1 0 1]", "[0 0 0]"],
        ["[1. 0. 1.]", "[0. 0. 0.]"],
        ["[True False True]", "[False False False]"],
        ["[True, False, True]", "[False, False, False]"],
        ["[true, false, true]", "[false, false, false]"],
        ["{1,0,1}", "{0,0,0}"],
        ["{t,f,t}", "{f,f,f}"],
        ["['1' '0' '1']", "['0' '0' '0']"],
    ],
)
def test_lists_of_places_need_names_in_every_spelling(tmp_path: Path, cells: list[str]) -> None:
    path = table(tmp_path, cells)
    assert refusal(path, task="multi_label") == (
        ": lists of 3 numbers, each 0 or 1, stand for labels by their place, and need names. "
        f"Received: {cells[0]!r}; name the places with --label_names, e.g. --label_names a b"
    )
    names = Columns(label_names=("late", "rude", "loud"))
    assert targets(path, names, "multi_label") == [("late", "loud"), ()]


@pytest.mark.parametrize("cell", ["[1, 0]", "[1, 0, 2]", "[1, 0, 1, 0]", "[1, null, 0]", "late", "[]"])
def test_lists_that_do_not_fit_the_names_are_told(tmp_path: Path, cell: str) -> None:
    path = table(tmp_path, ["[1, 0, 1]", cell])
    assert refusal(path, Columns(label_names=("late", "rude", "loud")), "multi_label").startswith(
        ", line 3: a list of 3 numbers, each 0 or 1, expected, as --label_names has as many names. Received: "
    )


def test_numbers_of_labels_are_no_places(tmp_path: Path) -> None:
    assert targets(table(tmp_path, ["[0 1]", "[]", "[1]"]), task="multi_label") == [("0", "1"), (), ("1",)]
    assert targets(table(tmp_path, ["[0]", "[1]"]), task="multi_label") == [("0",), ("1",)]
    assert targets(table(tmp_path, ["[0, 3]", "[1, 2]"]), task="multi_label") == [("0", "3"), ("1", "2")]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a, b", "a", "b"], [("a", "b"), ("a",), ("b",)]),
        (["a;b", "b"], [("a", "b"), ("b",)]),
        (["New York, NY", "Boston"], [("New York, NY",), ("Boston",)]),
        (["a|b, c", "b, c"], [("a", "b, c"), ("b, c",)]),
    ],
)
def test_the_separator_of_labels_is_one_whose_parts_stand_alone_too(
    tmp_path: Path, cells: list[str], expected: list[tuple[str, ...]]
) -> None:
    assert targets(table(tmp_path, cells), task="multi_label") == expected


def test_a_separator_in_doubt_is_asked_about(tmp_path: Path) -> None:
    path = table(tmp_path, ["New York, NY", "NY", "Los Angeles, CA", "Boston, MA"])
    assert refusal(path, task="multi_label") == (
        ": ',' may stand between labels, or within one. Received: 'Boston, MA'; say it with --label_separator: ',', or "
        "'|' if it is within"
    )
    assert targets(path, Columns(separator="|"), "multi_label")[0] == ("New York, NY",)
    assert targets(path, Columns(separator=","), "multi_label")[0] == ("New York", "NY")


@pytest.mark.parametrize("mark", ["NULL", "\\N", "nan", "NaN", "None", "N/A", "null", "<NA>"])
@pytest.mark.parametrize("task", ["single_label", "regression"])
def test_marks_of_missing_labels_are_counted_by_what_they_are(tmp_path: Path, mark: str, task: str) -> None:
    used, left_out = given(table(tmp_path, ["1", mark, f" {mark} ", ""]), task=task)
    assert [text for text, _ in used] == ["row 0"]
    assert left_out == {f"label {mark!r}": 2, "empty label": 1}


def test_marks_may_be_named(tmp_path: Path) -> None:
    path = table(tmp_path, ["-1", "None", "1", "-"])
    assert given(path, Columns(missing=("-1", "-"))) == (
        [("row 1", "None"), ("row 2", "1")],
        {"label '-1'": 1, "label '-'": 1},
    )
    lines = write(tmp_path, '{"text": "a", "label": -1}\n{"text": "b", "label": 0}\n', "a.jsonl")
    used, left_out = given(lines, Columns(missing=("-1",)))
    assert used == [("b", "0")]
    assert sum(left_out.values()) == 1


def test_missing_values_in_lists_are_no_labels(tmp_path: Path) -> None:
    for cells in (["['late', None]"], ["['late' nan]"], ["[late, NULL]"], ["{late,NULL}"], ['["late", null]']):
        assert targets(table(tmp_path, cells), task="multi_label") == [("late",)]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["0,5", "-1,25", "3"], [0.5, -1.25, 3.0]),
        ([",5", "2"], [0.5, 2.0]),
        (["1,2345", "0,123"], [1.2345, 0.123]),
        (["0.5", "2e3"], [0.5, 2000.0]),
    ],
)
def test_a_decimal_comma_is_one_where_all_commas_can_be(tmp_path: Path, cells: list[str], numbers: list[float]) -> None:
    assert targets(table(tmp_path, cells), task="regression") == numbers


@pytest.mark.parametrize("cells", [["1,234"], ["1,234", "12,500"]])
def test_a_comma_that_may_part_thousands_is_asked_about(tmp_path: Path, cells: list[str]) -> None:
    assert refusal(table(tmp_path, cells), task="regression") == (
        ": a number expected whose comma is not in doubt: a fraction or thousands. Received: '1,234'; "
        "write 1.234 for a fraction, or 1234"
    )


@pytest.mark.parametrize(
    ("cells", "line"), [(["1.5", "0,5"], 3), (["0,5", "1.234,5"], 2), (["1,234,567"], 2), (["0,5", "1,234.5"], 2)]
)
def test_points_and_commas_together_are_no_numbers(tmp_path: Path, cells: list[str], line: int) -> None:
    message = refusal(table(tmp_path, cells), task="regression")
    assert message == f", line {line}: a number expected. Received: {cells[line - 2]!r}"


@pytest.mark.parametrize(
    ("flag", "on"),
    [
        ("1", True),
        ("t", True),
        ("TRUE", True),
        ("1.0", True),
        ("yes", True),
        ("0", False),
        ("f", False),
        ("False", False),
        ("", False),
    ],
)
def test_columns_of_0_and_1_are_flags_in_every_spelling(tmp_path: Path, flag: str, on: bool) -> None:
    path = write(tmp_path, f"text,late,rude\na,1,{flag}\n")
    found = targets(path, Columns(label=("late", "rude")), "multi_label")
    assert found == [("late", "rude") if on else ("late",)]
