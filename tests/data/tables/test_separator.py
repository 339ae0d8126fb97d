from pathlib import Path

import pytest
from data_files import given, refusal, write

from bert_keras.data import Columns
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.txt", "rows"])
def test_the_separator_is_what_makes_rows_as_wide_as_the_header(tmp_path: Path, name: str, separator: str) -> None:
    others = "".join(other for other in ",;|" if other != separator)
    lines = [("id", "text", "label"), ("1", f"one{others}two", "a"), ("2", f"{others}three{others}", "b")]
    path = write(tmp_path, "".join(separator.join(fields) + "\n" for fields in lines), name)
    assert given(path)[0] == [(text, label) for _, text, label in lines[1:]]


def test_semicolons_of_excel_with_quoted_line_ends_and_decimal_commas(tmp_path: Path) -> None:
    content = '\ufefftext;label\r\n"two\r\nlines; ""quoted""";0,5\r\na, b;1\r\n'
    assert given(write(tmp_path, content), task="regression")[0] == [
        ('two\r\nlines; "quoted"', 0.5),
        ("a, b", 1.0),
    ]


def test_the_name_tells_the_separator_where_several_fit(tmp_path: Path) -> None:
    content = "text,label\tclass\nx,y\tz\n"
    assert given(write(tmp_path, content), Columns(label="label\tclass"))[0] == [("x", "y\tz")]
    assert given(write(tmp_path, content, "rows.tsv"), Columns(text="text,label"))[0] == [("x,y", "z")]


def test_several_separators_that_fit_equally_well_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, "words;label|x\none;a|y\n")
    message = refusal(path)
    assert message == (
        ", line 1: semicolons or vertical bars may stand between the columns. "
        "Received: 'words;label|x'; name it with --separator"
    )
    with pytest.raises(ValueError, match="no column with a usual name for the text"):
        given(path, reading=Reading(separator="|"))


def test_a_named_separator_is_taken_whatever_else_fits(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,a;text\nx,y,z;w\n")
    assert given(path, reading=Reading(separator=","))[0] == [("x", "y")]
    path = write(tmp_path, "text^label\nx,y^z\n")
    assert given(path, reading=Reading(separator="^"))[0] == [("x,y", "z")]
    for tab in ("\t", "tab", "\\t"):
        path = write(tmp_path, "text\tlabel\nx,y\tz\n")
        assert given(path, reading=Reading(separator=tab))[0] == [("x,y", "z")]


@pytest.mark.parametrize("separator", ["", ",,", '"', "\\", "\n"])
def test_what_cannot_separate_is_refused(separator: str) -> None:
    with pytest.raises(InputError, match="--separator must be one character"):
        Reading(separator=separator)


def test_there_are_four_styles() -> None:
    with pytest.raises(InputError, match="--dialect must be one of csv, spark, escaped, plain. Received: excel"):
        Reading(dialect="excel")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv"])
def test_a_column_of_its_own_needs_no_separator(tmp_path: Path, name: str) -> None:
    assert given(write(tmp_path, "text\none\ntwo\n", name), task=None)[0] == [("one", None), ("two", None)]


def test_a_header_alone_tells_the_separator_too(tmp_path: Path) -> None:
    header, rows = write(tmp_path, "text;label\n", "1.csv"), write(tmp_path, "text;label\na,b;c\n", "2.csv")
    assert given([header, rows])[0] == [("a,b", "c")]
