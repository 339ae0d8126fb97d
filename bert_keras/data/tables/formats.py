"""The format of files, by what is in them: a name may say anything."""

import json
import re
from pathlib import Path
from typing import Any

from bert_keras.data import json_file, json_lines, tfds
from bert_keras.data.annotations.export import AnnotationExport
from bert_keras.data.annotations.tools import tool_of
from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.records import Part
from bert_keras.data.tables import fasttext, spreadsheet
from bert_keras.data.tables.columnar import ColumnarFile, columnar_format
from bert_keras.data.tables.delimited import DelimitedFile
from bert_keras.data.tables.fasttext import FastTextFile
from bert_keras.data.tables.finding import find_dialect
from bert_keras.data.tables.folders import files_in
from bert_keras.data.tables.json_document import JsonDocument
from bert_keras.data.tables.reading import Reading
from bert_keras.data.tables.separator import TAB_KINDS
from bert_keras.data.tables.spreadsheet import SpreadsheetFile
from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX
from bert_keras.files.text_file import TextFile

_HEAD = 2**16  # bytes
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PICKLE = ("a pickle, which may run any program when it is read", "write Parquet or JSON lines")
# The first bytes of files that hold rows in a way that is not read, what they are, and what to do.
_FOREIGN = {
    b"SQLite format 3\0": ("an SQLite database", "export the table as csv: sqlite3 -csv -header FILE 'select …'"),
    b"ORC": ("an ORC file", "write Parquet"),
    b"Obj\x01": ("an Avro file", "write Parquet"),
    **{b"BZh%d1AY&SY" % level: ("compressed by bzip2", "decompress it, or use gzip") for level in range(1, 10)},
    b"\xfd7zXZ\0": ("compressed by xz", "decompress it, or use gzip"),
    b"\x28\xb5\x2f\xfd": ("compressed by Zstandard", "decompress it, or use gzip"),
    b"x\x9c": ("compressed by zlib, as a DocBin of spaCy is", "write its texts and labels as JSON lines"),
    **{bytes([0x80, protocol]): _PICKLE for protocol in range(2, 6)},
    b"\x93NUMPY": ("an array of NumPy", "write Parquet or JSON lines"),
    b"\x89HDF": ("an HDF5 file", "write Parquet"),
    b"%PDF-": ("a PDF document", "export the table as csv"),
}
# These are told from text by themselves, the others by the bytes that follow.
_LONG = [begin for begin in _FOREIGN if len(begin) > 4]


def parts_of(name: str, default_split: str, reading: Reading) -> list[Part]:
    """Opens what a name stands for.

    Args:
        name: A file, a pattern, a folder, or a TFDS name.
        default_split: The split of a TFDS name or a saved data set without one.
        reading: The user's say in how files are read.

    Returns:
        A part for each file or split. The files of one name have one dialect.

    Raises:
        DataError: The files do not exist, are of a kind that is not read, or their dialect is in doubt.
    """
    if name.startswith(TFDS_PREFIX):
        return [tfds.TfdsSplit(name, default_split)]
    files = files_in(name, default_split)
    parts = [_undelimited(file) for file in files]
    delimited = [TextFile(file) for file, part in zip(files, parts, strict=True) if part is None]
    if delimited:
        dialect = find_dialect(delimited, reading.dialect, reading.separator)
        parts = [
            DelimitedFile(file, dialect) if part is None else part for file, part in zip(files, parts, strict=True)
        ]
    return [_recognised(part, reading) for part in parts if part is not None]


def is_table(name: str) -> bool:
    """Returns whether a file holds rows with columns, by its ending or its content; else it is lines of text.

    Raises:
        DataError: The file cannot be read, or is of a kind that is not read.
    """
    if name.startswith(TFDS_PREFIX) or Path(name).is_dir():
        return True
    file = TextFile(name)
    by_ending = (".csv", *TAB_KINDS, *json_lines.KINDS, *json_file.KINDS, *spreadsheet.SUFFIXES)
    return file.kind in by_ending or _undelimited(name) is not None


def _undelimited(name: str) -> Part | None:
    """Returns the reader of a file; None for delimited text, whose dialect all files of one name share."""
    file = TextFile(name)
    with file.path.open("rb") as raw:
        magic = raw.read(16)
    for begin, (what, advice) in _FOREIGN.items():
        if magic.startswith(begin) and (begin in _LONG or not magic.decode("latin-1").isprintable()):
            raise DataError(f"{name}: {what}, which is not read; {advice}")
    columnar = columnar_format(name)
    if columnar is not None:
        return ColumnarFile(name, columnar)
    if magic.startswith((_ZIP, _OLE)):
        if file.kind in spreadsheet.SUFFIXES:
            return SpreadsheetFile(name)
        raise DataError(
            f"{name}: an archive or office document, which is not read; unpack it, or save the sheet as xlsx"
        )
    return _text(file)


def _text(file: TextFile) -> Part | None:
    text = file.head(_HEAD)[0].decode("utf-8-sig", errors="replace").lstrip()
    first_line = text.partition("\n")[0]
    if text.startswith("["):
        rest = text[1:].lstrip()
        if not rest or rest[0] in "{]" or file.kind == ".json":
            return JsonDocument(file.path)
    if text.startswith("{"):
        return _of_objects(file, text)
    if fasttext.FIRST_LABEL.match(first_line):
        return FastTextFile(file.path)
    if file.kind in json_lines.KINDS:
        return JsonLinesFile(file.path)
    return JsonDocument(file.path) if file.kind == ".json" else None


def _of_objects(file: TextFile, text: str) -> Part | None:
    """Returns the reader of a text that begins with a brace: objects in lines, or one object of columns."""
    first, end, rest = text.partition("\n")
    try:
        entry = json.loads(first)
    except (ValueError, RecursionError):
        if file.kind in json_lines.KINDS:
            return JsonLinesFile(file.path)
        if file.kind != ".json" and not re.match(r'\{\s*(?:"|\Z)', first):
            return None  # a brace in the name of a column, or in a line of text
        # Of an object in one line, this may be but the beginning.
        return JsonDocument(file.path) if end else JsonLinesFile(file.path)
    columns = isinstance(entry, dict) and _holds_rows(entry)
    only = not rest.strip()
    return (
        JsonDocument(file.path) if columns and only and file.kind not in json_lines.KINDS else JsonLinesFile(file.path)
    )


def _holds_rows(entry: dict[str, Any]) -> bool:
    """Returns whether an object is a whole table: columns, or rows under "data"."""
    values = list(entry.values())
    return isinstance(entry.get("data"), list) or (
        bool(values) and all(isinstance(each, dict | list) for each in values)
    )


def _recognised(part: Part, reading: Reading) -> Part:
    """Returns the part, read as the export of an annotation tool if it is one."""
    tool = tool_of(part)
    return part if tool is None else AnnotationExport(part, tool, reading.annotators)
