import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from data_files import write
from hypothesis import example, given, settings, strategies as st

from bert_keras.data import Source
from bert_keras.data.records import MOST_RECORDS
from bert_keras.data.tables import delimited
from bert_keras.data.tables.delimited import DelimitedFile
from bert_keras.data.tables.dialect import Dialect
from bert_keras.data.tables.finding import find_dialect
from bert_keras.data.tables.splitting import split
from bert_keras.data.tables.strict_csv import end_of_records, parse_strictly
from bert_keras.errors import DataError
from bert_keras.files.text_file import TextFile

PIECES = st.sampled_from(
    ["a", "bc", "é", "😀", '"', '""', ",", "\n", "\r\n", "\r", "\\", " ", "\0", "\ufeff", "\u2028"]
)
FIELDS = st.lists(PIECES, max_size=4).map("".join)
ROWS = st.lists(st.lists(FIELDS, min_size=2, max_size=2), max_size=8)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def written(rows: list[list[str]], quoting: Any, end: str) -> bytes:
    """The rows as csv, with a header."""
    lines = io.StringIO(newline="")
    csv.writer(lines, quoting=quoting, lineterminator=end).writerows([["a", "b"], *rows])
    return lines.getvalue().encode()


def outcome(folder: Path, content: bytes, piece: int, separator: str = ",", strict: bool = True) -> Any:
    """All records of a file with their lines, and what is left out; or the message with which it is refused."""
    file = DelimitedFile(write(folder, content), Dialect(separator))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bert_keras.files.text_file._PIECE", piece)
        if not strict:
            patch.setattr(delimited, "parse_strictly", lambda *_: None)
        rows, left_out = [], 0
        try:
            for records in file.records(lambda there, where: there):
                rows += list(zip(records.lines, *records.columns, strict=True))
                left_out += sum(records.left_out.values())
        except DataError as error:
            return str(error)
    return rows, left_out


@settings(derandomize=True, deadline=None, max_examples=300)
@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
@example([["", '"'], ["\r\n", ","], ["a", "b"]], csv.QUOTE_ALL, "\r\n", 3)
def test_what_is_written_is_read_however_the_file_is_divided(
    folder: Path, rows: list[list[str]], quoting: int, end: str, piece: int
) -> None:
    content = written(rows, quoting, end)
    found = outcome(folder, content, piece)
    assert found == outcome(folder, content, piece, strict=False)
    lone = any("\r" in field.replace("\r\n", "") for row in rows for field in row)
    if not lone:  # Python's writer does not quote it
        kept = [tuple(row) for row in rows if row != ["a", "b"]]
        assert [row[1:] for row in found[0]] == kept
        begins = [content[:place].count(b"\n") for place in range(len(content))]
        assert all(line - 1 in begins for line, *_ in found[0])


@settings(derandomize=True, deadline=None, max_examples=1000)
@given(st.lists(st.one_of(PIECES.map(str.encode), st.just(b"\xff")), max_size=40).map(b"".join), st.integers(1, 40))
@example(b'a,"b\nc"d,e\n', 100)
@example(b'""a,b\n', 100)
@example(b'a,b\n\n"c","d"\n', 5)
@example(b'"a"\r,b\n', 100)
def test_broken_bytes_are_read_or_refused_as_line_by_line(folder: Path, content: bytes, piece: int) -> None:
    for header in (b"a,b\n", b"a\n"):
        strict, by_line = (outcome(folder, header + content, piece, strict=strict) for strict in (True, False))
        assert strict == by_line


@settings(derandomize=True, deadline=None, max_examples=300)
@given(ROWS, st.data())
def test_mutated_files_are_read_or_refused_as_line_by_line(folder: Path, rows: list[list[str]], data: Any) -> None:
    content = bytearray(written(rows, csv.QUOTE_MINIMAL, "\n"))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(4, len(content)))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(PIECES).encode()
    piece = data.draw(st.integers(1, 40))
    assert outcome(folder, bytes(content), piece) == outcome(folder, bytes(content), piece, strict=False)


def test_lines_of_records_are_counted_by_the_line_ends_in_all_columns() -> None:
    block = b'"x\ny",1\nz,"2\n\n3"\r\nw,4'
    found = parse_strictly(block, ",", 2, [0])
    assert found is not None
    assert found.lines.tolist() == [0, 2, 5]
    assert found.columns[0].to_pylist() == ["x\ny", "z", "w"]


@pytest.mark.parametrize(
    "block",
    [
        b'a"b,c\n',
        b'"a"b,c\n',
        b'"a,c\n',
        b"a\n",
        b"a,b,c\n",
        b"a,b\n\n",
        b"a,\xff\n",
        b"a,\xed\xa0\x80\n",
        b"a\rb,c\n",
        b"a,\0\n",
    ],
)
def test_a_block_with_more_than_one_meaning_is_not_parsed(block: bytes) -> None:
    assert parse_strictly(b"x,y\n" + block, ",", 2, [0]) is None
    assert parse_strictly(b"x,y\n", ",", 2, [0]) is not None


def test_a_block_ends_behind_a_line_end_outside_of_quote_marks() -> None:
    assert end_of_records(b'a,b\n"c\nd",e\n"f\ng') == 12
    assert end_of_records(b'"a\nb\nc') == 0
    assert end_of_records(b"a") == 0


def test_rows_beyond_a_broken_one_are_parsed_strictly_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 100)
    rows = [f'5" pipe,{row}' if row == 200 else f"text,{row}" for row in range(1000)]
    one_by_one: list[int] = []

    def watched(*arguments: Any) -> Iterator[Any]:
        for record in split(*arguments):
            one_by_one.append(record[0])
            yield record

    monkeypatch.setattr(delimited, "split", watched)
    source = Source(write(tmp_path, "text,label\n" + "\n".join(rows)), task="single_label")
    assert [(row.line, row.text, row.target) for row in source] == [
        (row + 2, '5" pipe' if row == 200 else "text", str(row)) for row in range(1000)
    ]
    assert 1 < len(one_by_one) < 100


def test_no_block_has_more_rows_than_others_may_expect(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label\n" + "a,b\n" * (MOST_RECORDS + 5))
    assert [len(block) for block in Source(path).blocks()] == [MOST_RECORDS, 5]


def test_a_second_header_between_strict_rows_is_counted(tmp_path: Path) -> None:
    source = Source(write(tmp_path, "text,label,x\na,b,1\ntext,label,x\ntext,label,2\n"), task="single_label")
    assert [(row.text, row.line) for row in source] == [("a", 2), ("text", 4)]
    assert source.left_out == {"the header again": 1}


def late(tmp_path: Path, rows: str, name: str = "rows.csv", separator: str = ",") -> str:
    """A file whose first backslashes come behind the part that decides on its dialect."""
    first = separator.join(('"a text"', '"b"')) + "\n"
    return write(tmp_path, separator.join(('"text"', '"label"')) + "\n" + first * 10 + rows, name)


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIZE", "LEAST"):
        monkeypatch.setattr(f"bert_keras.data.tables.finding.{name}", 100)


@pytest.mark.usefixtures("small_sample")
def test_backslashes_that_come_late_and_may_be_escapes_are_not_guessed_at(tmp_path: Path) -> None:
    path = late(tmp_path, '"C:\\\\Users","b"\n')
    with pytest.raises(DataError) as error:
        list(Source(path, task="single_label"))
    assert str(error.value).startswith(f"{path}, line 12: may be read in several ways. Received: ")
    assert "--dialect" in str(error.value)


@pytest.mark.usefixtures("small_sample")
def test_backslashes_that_come_late_and_cannot_be_escapes_are_text(tmp_path: Path) -> None:
    path = late(tmp_path, '"C:\\Users","b"\nx\\\\y,b\n"C:\\\\Users","b"\n')
    rows = list(Source(path, task="single_label"))
    assert [row.text for row in rows[10:]] == ["C:\\Users", "x\\\\y", "C:\\\\Users"]


@pytest.mark.usefixtures("small_sample")
def test_nulls_of_databases_that_come_late_are_not_read_as_text(tmp_path: Path) -> None:
    path = write(tmp_path, "text\tlabel\n" + "a text\tb\n" * 20 + "first\\nsecond\tb\n\\N\tb\n", "rows.tsv")
    with pytest.raises(DataError) as error:
        list(Source(path, task="single_label"))
    assert str(error.value).startswith(f"{path}, line 22: the first backslash, and it looks like the dialect escaped (")


@pytest.mark.usefixtures("small_sample")
def test_a_dialect_that_is_named_is_not_doubted(tmp_path: Path) -> None:
    path = late(tmp_path, '"C:\\\\Users","b"\n')
    assert find_dialect([TextFile(path)]).unproven
    assert not find_dialect([TextFile(path)], "csv").unproven
    assert not find_dialect([TextFile(write(tmp_path, "text,label\na,b\n", "whole.csv"))]).unproven
