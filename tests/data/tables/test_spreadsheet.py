import zipfile
from pathlib import Path
from typing import Any

import pytest
from data_files import given, read, refusal, targets, write
from spreadsheets import Error, workbook
from tool_rows import LEFT_OUT, ROWS, USED

from bert_keras.data import Columns, Source


def rows_of(*rows: tuple[Any, ...]) -> dict[str, list[list[Any]]]:
    """A single sheet with a header and these rows."""
    return {"Sheet1": [["text", "label"], *map(list, rows)]}


def test_cells_are_read_as_they_are(tmp_path: Path) -> None:
    assert given(workbook(tmp_path / "rows.xlsx", rows_of(*ROWS))) == (USED, LEFT_OUT)


def test_rows_have_their_numbers_in_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", rows_of(("a", "x"), (None, None), ("b", "y")), 3, "C")
    assert [(row.text, row.line) for row in read(path)] == [("a", 4), ("b", 6)]
    path = workbook(tmp_path / "rows.xlsx", rows_of(("a", "x"), (5, "y")), 3)
    assert refusal(path) == ", row 5: a text expected. Received: 5.0"


def test_numbers_and_booleans_are_labels(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", rows_of(("a", 1), ("b", 2.0), ("c", True), ("d", "1")))
    assert targets(path) == ["1", "2", "true", "1"]
    assert refusal(workbook(tmp_path / "rows.xlsx", rows_of(("a", 1.5)))).startswith(", row 2: a label expected")
    assert targets(workbook(tmp_path / "rows.xlsx", rows_of(("a", 1.5), ("b", -2))), task="regression") == [1.5, -2.0]


def test_errors_in_cells_are_missing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", rows_of(("a", Error("#N/A")), ("b", "x"), (Error("#REF!"), "y")))
    assert given(path) == ([("b", "x")], {"empty text": 1, "empty label": 1})


def test_the_first_sheet_with_anything_in_it_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    sheets = {"Notes": [], "Data": [["label", "text"], ["x", "a"]], "Old": [["text", "label"], ["b", "y"]]}
    path = workbook(tmp_path / "rows.xlsx", sheets)
    source = Source(path, task="single_label")
    assert [(row.text, row.target) for row in source] == [("a", "x")]
    assert source.parts[0].format == "a spreadsheet, sheet 'Data'; not read: Old"


def test_columns_without_a_name_are_no_columns(tmp_path: Path) -> None:
    sheet = [[None, "text", " ", "label"], [1, "a", "note", "x"]]
    path = workbook(tmp_path / "rows.xlsx", {"Sheet1": sheet})
    assert given(path)[0] == [("a", "x")]
    assert refusal(path, Columns(text="note")) == (
        ", row 1: no column 'note'. Received: text, label; name it with --text_column"
    )


@pytest.mark.parametrize("sheets", [{"Sheet1": []}, {"Sheet1": [[" ", None]], "Sheet2": []}])
def test_an_empty_spreadsheet_is_told(tmp_path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    path = workbook(tmp_path / "rows.xlsx", sheets)
    assert refusal(path) == ": the spreadsheet is empty; its first row must name the columns"


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", rows_of())
    assert refusal(path) == ": no rows to use. Received: 0 rows, left out: none"


def test_the_header_again_is_no_row(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", rows_of(("a", "x"), ("text", "label"), ("b", "y")))
    assert given(path) == ([("a", "x"), ("b", "y")], {"the header again": 1})
    path = workbook(tmp_path / "rows.xlsx", {"Sheet1": [["text"], ["a"], ["text"]]})
    assert given(path, task=None) == ([("a", None), ("text", None)], {})


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.xls", "rows.ods"])
def test_a_broken_spreadsheet_is_told(tmp_path: Path, name: str) -> None:
    whole = Path(workbook(tmp_path / "whole.xlsx", rows_of(("a", "x")))).read_bytes()
    for raw in (whole[:-40], whole[:200], b"PK\x03\x04" + b"z" * 100, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)):
        message = refusal(write(tmp_path, raw, name))
        assert message.startswith(": a broken spreadsheet (") and message.endswith("); save it again, or as csv")


def test_a_broken_sheet_in_a_sound_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    raw = Path(workbook(path, rows_of(("good", "x")), compression=zipfile.ZIP_STORED)).read_bytes()
    for broken in (b"g\xffod", b"go<d"):
        message = refusal(write(tmp_path, raw.replace(b"good", broken), "rows.xlsx"))
        assert message.startswith(": a broken spreadsheet (")
