"""Files with bytes flipped, cut out, put in and doubled: they are read without losing a row, or refused in one line."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tool_files import (
    arrow,
    arrow_stream,
    doccano,
    fasttext,
    json_lines,
    json_list,
    label_studio_csv,
    label_studio_json,
    outfile,
    parquet,
    postgresql,
    rfc_4180,
    sheet,
    spark,
    unquoted,
)

from bert_keras.data import Row, Source
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import DataError

KINDS = ("rows.csv", "rows.tsv", "rows.txt", "rows.jsonl", "rows.csv.gz", "rows.jsonl.gz")
STRINGS = st.text(st.sampled_from('ab ,\t"\n\r\\{}[]|01é語\U0001f600\u2028\ufeff\x00'), max_size=6)
ROWS = st.lists(st.tuples(STRINGS, st.sampled_from(["yes", "no", "", "1", "a|b", "0.5"])), max_size=8)
# What breaks files most often, beside single bytes.
INSERTED = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.sampled_from([b'"', b"\n", b"\r", b"\r\n", b",", b"\t", b"\\", b"{", b"\xff\xfe", b"\xef\xbb\xbf"]),
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert", "double", "end"]), st.floats(0, 1), st.floats(0, 1), INSERTED),
    max_size=4,
)


TASKS = st.sampled_from([None, "single_label", "multi_label", "regression"])
OF_TOOLS = {
    "rows.csv": rfc_4180,
    "spark.csv": spark,
    "postgresql.tsv": postgresql,
    "outfile.csv": outfile,
    "plain.tsv": unquoted,
    "list.json": json_list,
    "lines.json": json_lines,
    "fasttext.txt": fasttext,
    "label-studio.csv": label_studio_csv,
    "label-studio.json": label_studio_json,
    "doccano.jsonl": doccano,
    "rows.parquet": parquet,
    "rows.arrow": arrow,
    "stream.arrow": arrow_stream,
    "rows.xlsx": sheet,
}


def content(name: str, rows: list[tuple[str, str]]) -> bytes:
    """A sound file of these rows."""
    return json_lines(rows) if "jsonl" in name else rfc_4180(rows, "," if "csv" in name else "\t")


def changed(raw: bytes, kind: str, begin: float, length: float, inserted: bytes) -> bytes:
    """The bytes after one mishap."""
    first = int(begin * len(raw))
    last = first + 1 + int(length * (len(raw) - first) / 2)
    if kind == "flip":
        return raw[:first] + bytes(byte ^ inserted[0] for byte in raw[first : first + 1]) + raw[first + 1 :]
    if kind == "insert":
        return raw[:first] + inserted + raw[first:]
    return (
        raw[:first]
        + {"cut": b"", "double": 2 * raw[first:last], "end": b""}[kind]
        + (b"" if kind == "end" else raw[last:])
    )


def records(name: str, raw: bytes) -> int:
    """Counts the records of a file that is sound, letter by letter; the header is one."""
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8-sig")
    if "jsonl" in name:
        return sum(bool(line.strip()) for line in text.split("\n"))
    first_line = next((line for line in text.split("\n") if line.strip()), "")
    separator = "\t" if "tsv" in name or ("txt" in name and "\t" in first_line) else ","
    count, quoted, closed, blank, begin = 0, False, False, True, True
    for letter in text + "\n":
        if quoted:
            quoted, closed = letter != '"', True
        elif letter == '"' and (begin or closed):  # a doubled quote mark closes a field and opens it again
            quoted, blank = True, False
        elif letter == "\n":
            count, closed, blank, begin = count + (not blank), False, True, True
            continue
        else:
            closed, blank = False, blank and letter == "\r"
        begin = letter == separator and not quoted
    return count


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken")


def with_changes(raw: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
    """The bytes after some mishaps."""
    for change in changes:
        raw = changed(raw, *change)
    return raw


def read_or_refused(path: str, task: str | None) -> tuple[Source, list[Row]] | None:
    """The rows of a file, all accounted for and with texts; None where it is refused, in a line that begins with it."""
    try:
        source = Source(path, task=task)
        given_rows = list(source)
    except DataError as error:
        message = str(error)
        assert message.startswith(path)
        assert "\n" not in message and len(message) < len(path) + 600
        return None
    assert source.rows_read == len(given_rows) + sum(source.left_out.values())
    assert all(row.text.strip() for row in given_rows)
    return source, given_rows


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(KINDS), rows=ROWS, changes=CHANGES, task=TASKS)
def test_a_broken_file_is_refused_in_one_line_or_every_row_is_accounted_for(
    folder: Path,
    name: str,
    rows: list[tuple[str, str]],
    changes: list[tuple[str, float, float, bytes]],
    task: str | None,
) -> None:
    raw = content(name, rows)
    raw = with_changes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw, changes)
    (folder / name).write_bytes(raw)
    found = read_or_refused(str(folder / name), task)
    if found is None:
        return
    source, given_rows = found
    if source.parts[0].format in ("JSON lines", "text, fields between commas", "text, fields between tabs"):
        assert source.rows_read == records(name, raw) - ("jsonl" not in name)
    assert [row.line for row in given_rows] == sorted({row.line for row in given_rows})


@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(sorted(OF_TOOLS)), rows=ROWS, changes=CHANGES, task=TASKS)
def test_a_broken_file_of_any_tool_loses_no_row_and_makes_no_label(
    folder: Path,
    name: str,
    rows: list[tuple[str, str]],
    changes: list[tuple[str, float, float, bytes]],
    task: str | None,
) -> None:
    raw = with_changes(OF_TOOLS[name](rows), changes)
    (folder / name).write_bytes(raw)
    found = read_or_refused(str(folder / name), task)
    if found is None:
        return
    _, given_rows = found
    for label in {label for row in given_rows for label in labels(row)}:
        assert b"\\" in raw or letters(label) in letters(raw.decode(errors="replace")), label


def labels(row: Row) -> tuple[str, ...]:
    """The labels of a row."""
    return row.target if isinstance(row.target, tuple) else (row.target,) if isinstance(row.target, str) else ()


def letters(text: str) -> str:
    """A text without its marks and blanks, which tools escape."""
    return "".join(letter for letter in text if letter.isalnum())


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(KINDS), rows=ROWS)
def test_a_sound_file_is_read_as_it_was_written_or_asked_about(
    folder: Path, name: str, rows: list[tuple[str, str]]
) -> None:
    written = [*rows, ("end", "yes")]
    raw = content(name, written)
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    try:
        source = Source(str(folder / name), task="single_label")
    except DataError as error:
        assert "may be read in several ways" in str(error) and "--dialect: csv (" in str(error)
        assert "\\\\" in raw.decode()
        source = Source(str(folder / name), task="single_label", reading=Reading(dialect="csv"))
    assert [(row.text, row.target) for row in source] == [row for row in written if row[0].strip() and row[1]]
    assert source.rows_read == len(written)


TOLD = {
    "rows.csv": "csv",
    "spark.csv": "spark",
    "postgresql.tsv": "escaped",
    "outfile.csv": "spark",
    "plain.tsv": "plain",
}


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(sorted({*OF_TOOLS} - {"label-studio.csv", "label-studio.json"})), rows=ROWS)
def test_a_sound_file_of_any_tool_is_read_as_it_was_written_or_asked_about(
    folder: Path, name: str, rows: list[tuple[str, str]]
) -> None:
    trimmed = name in ("plain.tsv", "fasttext.txt", "spark.csv")
    written = [(text.strip(" ") if name == "spark.csv" else " ".join(text.split()), label) for text, label in rows]
    written = [row for row in [*(written if trimmed else rows), ("the end", "yes")] if row[0].strip() and row[1]]
    (folder / name).write_bytes(OF_TOOLS[name]([*rows, ("the end", "yes")]))
    try:
        source = Source(str(folder / name), task="single_label")
    except DataError as error:
        assert "may be read in several ways" in str(error) and TOLD[name] + " (" in str(error)
        source = Source(str(folder / name), task="single_label", reading=Reading(dialect=TOLD[name]))
    assert [(row.text, row.target) for row in source] == written
