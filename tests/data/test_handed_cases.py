"""The files of real tools that lie beside the repository, if they do: read as their tool meant them, or refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_files import given, refusal

from bert_keras.data import Columns
from bert_keras.data.tables.reading import Reading

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "tables"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the handed cases are not here")
TWO, NUMBERED = {"empty text": 2, "empty label": 2}, {"pos": "1", "neg": "0"}
LATE = "lists of 3 numbers, each 0 or 1, stand for labels by their place, and need names."


@pytest.mark.parametrize(
    "name",
    [
        "spark-csv",
        "spark-json",
        "datasets.parquet",
        "datasets-lines.json",
        "datasets-saved",
        "datasets-saved/train",
        "datasets-saved/test",
        "postgresql-copy-text.tsv",
        "mariadb-batch.tsv",
    ],
)
def test_the_same_rows_are_read_from_each_tool(name: str) -> None:
    rows = [(row["text"], row["label"]) for row in json.loads((CASES / "rows.json").read_text(encoding="utf-8"))]
    expected = [(text, label) for text, label in rows if text and label]
    if name == "spark-csv":
        expected = [(text.strip(" "), label) for text, label in expected]
    if name == "datasets-lines.json":
        expected = [(text, NUMBERED[label]) for text, label in expected]
    used, left_out = given(str(CASES / name))
    assert sorted(used) == sorted(expected)
    assert left_out == TWO


LABEL_STUDIO = [('He said "hi", then\nleft é', "Positive"), ("  C:\\temp, D:\\x\\  ", "Negative")]
DISAGREE = {"not annotated": 1, "no majority among its annotators": 2, "empty label": 1}
TOPICS = [("one topic", ("Food",)), ("three topics", ("A|B", "Food", "Price, value")), ("none", ())]
DOCCANO = [
    ("plain words", ("pos",)),
    ('He said "hi", then left', ("neg",)),
    ("two\nlines", ("pos",)),
    ("naïve", ("Food & drink", "pos")),
    ("no label", ()),
    ("sharp", ("C#", "F#")),
]


@pytest.mark.parametrize(
    ("name", "task", "columns", "rows", "left_out"),
    [
        (
            "spark-csv-backslashes-only",
            "single_label",
            Columns(),
            [
                ("C:\\temp\\new", "pos"),
                ("C:\\temp, D:\\new", "neg"),
                ("ends in a backslash, yes\\", "pos"),
                ("around", "neg"),
                ("\\alpha + \\beta = 1, so\nit is", "pos"),
                ("x", "neg"),
            ],
            {},
        ),
        (
            "spark-json-label-null-first.jsonl",
            "single_label",
            Columns(),
            [("b", "pos"), ("c", "neg")],
            {"empty label": 1},
        ),
        ("label-studio-several-min.json", "multi_label", Columns(), TOPICS, {}),
        ("label-studio-several.csv", "multi_label", Columns(), TOPICS, {}),
        ("label-studio-single-min.json", "single_label", Columns(), LABEL_STUDIO, DISAGREE),
        ("label-studio-tabs.csv", "single_label", Columns(), LABEL_STUDIO, DISAGREE),
        ("doccano.jsonl", "multi_label", Columns(), DOCCANO, {}),
        ("answers-accept-reject.jsonl", "single_label", Columns(), [("a", "POS")], {"rejected": 1, "ignored": 1}),
        ("fasttext.txt", "single_label", Columns(), [(": good", "a"), ("one", "b:bad")], {}),
        ("postgresql-types.csv", "multi_label", Columns(label="labels"), [("a", ("x", "y z", "q,r"))], {}),
        ("pandas-types.jsonl", "single_label", Columns(), [("a/b é", "1"), ("c", "2")], {"empty label": 1}),
        (
            "pandas-types.jsonl",
            "multi_label",
            Columns(label="lists"),
            [("a/b é", ("x", "y")), ("b", ()), ("c", ())],
            {},
        ),
        ("datasets-multi.csv", "multi_label", Columns(), [("a", ("0", "1")), ("b", ())], {}),
    ],
)
def test_each_file_is_read_as_its_tool_meant_it(
    name: str, task: str, columns: Columns, rows: list[Any], left_out: dict[str, int]
) -> None:
    assert given(str(CASES / name), columns, task) == (rows, left_out)


@pytest.mark.parametrize(
    ("name", "task", "columns", "first", "rows", "left_out"),
    [
        ("datasets-5.0.0-missing-labels.csv", "single_label", Columns(), ("row 0", "0"), 2499, {"empty label": 1}),
        ("multi_hot_list/comma.csv", "multi_label", Columns(), ("item 0", ("red", "blue", "wet")), 20, {}),
        (
            "multi_hot_list/hot.jsonl",
            "multi_label",
            Columns(label_names=("red", "blue", "wet")),
            ("item 0", ("red", "blue", "wet")),
            20,
            {},
        ),
        (
            "multi_hot_list/numpy.csv",
            "multi_label",
            Columns(label_names=("red", "blue", "wet")),
            ("item 0", ("red", "blue", "wet")),
            20,
            {},
        ),
        (
            "labels_that_look_alike/nan.csv",
            "single_label",
            Columns(),
            ("nan", "neg"),
            14,
            {
                "empty text": 1,
                "label 'nan'": 1,
                "label 'None'": 1,
                "label 'NULL'": 1,
                "label 'N/A'": 1,
                "empty label": 1,
            },
        ),
        (
            "header_in_the_middle/twoheads.csv",
            "single_label",
            Columns(),
            ("The soup was cold 0", "neg"),
            20,
            {"the header again": 1},
        ),
        ("semicolons/semi.csv", "single_label", Columns(), ("The soup was cold 0", "neg"), 20, {}),
        ("semicolons/decimal.csv", "regression", Columns(), ("item 0", 0.0), 20, {}),
    ],
)
def test_longer_files_begin_right_and_lose_nothing(
    name: str, task: str, columns: Columns, first: Any, rows: int, left_out: dict[str, int]
) -> None:
    used, counted = given(str(CASES / name), columns, task)
    assert used[0] == first
    assert (len(used), counted) == (rows, left_out)


def test_labels_of_older_data_sets_are_two_classes() -> None:
    from bert_keras.data.labels.spellings import distinct

    labels = dict.fromkeys((label for _, label in given(str(CASES / "datasets-5.0.0-missing-labels.csv"))[0]), 1)
    assert sorted(distinct(labels)) == ["0", "1"]


@pytest.mark.parametrize(
    ("annotators", "labels"),
    [("all", ["Positive", "Positive", "Negative", "Negative"]), ("first", ["Positive", "Positive", "Negative"])],
)
def test_several_people_count_as_the_user_says(annotators: Any, labels: list[str]) -> None:
    used, _ = given(str(CASES / "label-studio-tabs.csv"), reading=Reading(annotators=annotators))
    assert [label for _, label in used] == labels


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        (
            "doccano.csv",
            "multi_label",
            ", line 8: labels joined with '#' whose names hold it too. Received: 'C##F#'; export",
        ),
        (
            "doccano.jsonl",
            "single_label",
            ", line 4: one label expected. Received: 2 of them, ['Food & drink', 'pos']; for",
        ),
        (
            "label-studio-several.csv",
            "single_label",
            ", line 3: one label expected. Received: 3 of them, ['A|B', 'Food', ",
        ),
        (
            "multi_hot_list/hot.jsonl",
            "multi_label",
            f": {LATE} Received: [1, 1, 1]; name the places with --label_names",
        ),
        ("multi_hot_list/multihot.csv", "multi_label", f": {LATE} Received: '[1, 1, 1]'; name the places with --label"),
        (
            "multi_hot_list/numpy.csv",
            "multi_label",
            f": {LATE} Received: '[1 1 1]'; name the places with --label_names",
        ),
        (
            "semicolons/noheader.csv",
            "single_label",
            ", line 1: no column with a usual name for the text. Received: The soup",
        ),
    ],
)
def test_what_needs_the_user_says_so(name: str, task: str, message: str) -> None:
    assert refusal(str(CASES / name), task=task).startswith(message)


def test_the_cells_of_the_sheet_are_as_they_are() -> None:
    assert given(str(CASES / "sheet.xlsx")) == (
        [
            ("plain", "pos"),
            ('He said "hi", then\nleft', "neg"),
            ("naïve café – € ☃", "TRUE"),
            ("  sp  ", "001"),
            ("tab\there", "-"),
        ],
        {"empty text": 1},  # a formula whose value was not saved
    )
