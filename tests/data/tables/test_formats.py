"""What a file is, is told by what is in it; what is not read is named, with what to write instead."""

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import zipfile
import zlib
from pathlib import Path

import pytest
from data_files import given, refusal, write

from bert_keras.data import Columns, Source
from bert_keras.data.tables.formats import is_table


def sqlite(folder: Path) -> bytes:
    with sqlite3.connect(folder / "made.db") as connection:
        connection.execute("create table rows (text, label)")
    connection.close()
    return (folder / "made.db").read_bytes()


def archive(_: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("rows.csv", "text,label\na,b\n")
    return file.getvalue()


CSV = b"text,label\na,b\n"


@pytest.mark.parametrize("name", ["rows", "rows.csv", "rows.jsonl", "rows.dat"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            sqlite,
            "an SQLite database, which is not read; export the table as csv: sqlite3 -csv -header FILE 'select …'",
        ),
        (b"ORC\x11\x00\x00\x0a\x12", "an ORC file, which is not read; write Parquet"),
        (b"Obj\x01\x04\x16avro.schema", "an Avro file, which is not read; write Parquet"),
        (bz2.compress(CSV), "compressed by bzip2, which is not read; decompress it, or use gzip"),
        (bz2.compress(CSV, 1), "compressed by bzip2, which is not read; decompress it, or use gzip"),
        (lzma.compress(CSV), "compressed by xz, which is not read; decompress it, or use gzip"),
        (b"\x28\xb5\x2f\xfd\x04\x58", "compressed by Zstandard, which is not read; decompress it, or use gzip"),
        *(
            (
                pickle.dumps({"text": ["a"]}, protocol),
                "a pickle, which may run any program when it is read, which is not read; write Parquet or JSON lines",
            )
            for protocol in range(2, 6)
        ),
        (
            zlib.compress(b"\x83\xa7version" * 9),
            "compressed by zlib, as a DocBin of spaCy is, which is not read; write its texts and labels as JSON lines",
        ),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", "an array of NumPy, which is not read; write Parquet or JSON lines"),
        (b"\x89HDF\r\n\x1a\n\x00", "an HDF5 file, which is not read; write Parquet"),
        (b"%PDF-1.7\n%\xe2", "a PDF document, which is not read; export the table as csv"),
        (archive, "an archive or office document, which is not read; unpack it, or save the sheet as xlsx"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, content: object, message: str, name: str) -> None:
    raw = content(tmp_path) if callable(content) else content
    assert isinstance(raw, bytes)
    assert refusal(write(tmp_path, raw, name)) == f": {message}"


@pytest.mark.parametrize("header", ["ORCID,text,label", "BZh,text,label", "x,text,label"])
def test_a_text_that_begins_like_another_format_is_a_text(tmp_path: Path, header: str) -> None:
    assert given(write(tmp_path, f"{header}\n1,a,b\n", "rows.data"))[0] == [("a", "b")]


def test_braces_and_brackets_in_names_of_columns_are_no_json(tmp_path: Path) -> None:
    assert given(write(tmp_path, "{text},label\na,b\n"), Columns(text="{text}"))[0] == [("a", "b")]
    assert given(write(tmp_path, "[text],label\na,b\n"), Columns(text="[text]"))[0] == [("a", "b")]


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        ("text,label\na,b\n", "rows.txt.gz", "text, fields between commas"),
        ("text;label\na;b\n", "rows.csv", "text, fields between semicolons"),
        ('text|label\n"a \\"q\\" b"|b\n', "rows.csv", "text, fields between vertical bars; fields may be quoted, with"),
        ('{"text": "a", "label": "b"}\n', "rows.csv", "JSON lines"),
        ('[{"text": "a", "label": "b"}]\n', "rows.csv", "JSON"),
        ("__label__b a\n", "rows.csv", "lines of fastText"),
    ],
)
def test_what_a_file_is_read_as_is_said(tmp_path: Path, content: str, name: str, expected: str) -> None:
    (part,) = Source(write(tmp_path, content, name)).parts
    assert part.format.startswith(expected)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        ("just a line\nand another, with a comma\n", "lines.txt", False),
        ("text,label\n", "rows.csv", True),
        ("a\n", "rows.tsv", True),
        ('{"text": "a"}\n', "lines.txt", True),
        ('["a"]', "rows.json", True),
        ("{a brace} in a line\n", "lines.txt", False),
        ("[1] a reference\n", "lines.txt", False),
        ("__label__a text\n", "lines.txt", True),
        (b"PAR1", "lines.txt", True),
    ],
)
def test_lines_of_text_are_told_from_tables(tmp_path: Path, content: str | bytes, name: str, expected: bool) -> None:
    assert is_table(write(tmp_path, content, name)) == expected


def test_folders_and_data_sets_are_tables(tmp_path: Path) -> None:
    assert is_table(str(tmp_path))
    assert is_table("tfds:glue/sst2")


def test_files_of_several_formats_are_one_stream(tmp_path: Path) -> None:
    names = [
        write(tmp_path, "text;label\na;x\n", "1.csv"),
        write(tmp_path, '[{"label": "y", "text": "b"}]', "2.json"),
        write(tmp_path, gzip.compress(b"label\ttext\nx\tc\n"), "3.data"),
        write(tmp_path, "__label__y d\n", "4.txt"),
    ]
    assert given(names)[0] == [("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("text,label\nnaïve,a\n".encode("cp1252"), ", line 2: not UTF-8. Received: byte 0xef; save the file as UTF-8"),
        ("text,label\na,b\n".encode("utf-16"), ", line 1: UTF-16. Received: bytes ff fe; save the file as UTF-8"),
    ],
)
def test_other_encodings_are_told(tmp_path: Path, raw: bytes, message: str) -> None:
    assert refusal(write(tmp_path, raw)) == message
