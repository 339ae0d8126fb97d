"""Writers of the files of other tools, for rows made at random."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
from spreadsheets import workbook

Rows = Sequence[tuple[str, str]]
"""Texts and labels."""


def rfc_4180(rows: Rows, separator: str = ",", quoting: int = csv.QUOTE_ALL) -> bytes:
    """Csv as most tools write it."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("text", "label"), *rows])
    return file.getvalue().encode()


def spark(rows: Rows, separator: str = ",") -> bytes:
    """Csv as PySpark writes it unless told otherwise."""

    def field(value: str) -> str:
        value = value.strip(" ")
        if not value or value.startswith("#") or any(letter in value for letter in (separator, '"', "\n", "\r")):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return value

    return _lines([("text", "label"), *rows], field, separator)


def postgresql(rows: Rows) -> bytes:
    r"""PostgreSQL's text format; an empty text is written as null, so that there is a `\N`."""
    codes = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    null = [("", "yes"), *rows]
    return _lines(
        [("text", "label"), *null],
        lambda value: "".join(codes.get(letter, letter) for letter in value) or "\\N",
        "\t",
    )


def outfile(rows: Rows) -> bytes:
    """MariaDB's `INTO OUTFILE`, enclosed, between commas."""
    return _lines(
        [("text", "label"), ("", "yes"), *rows],
        lambda value: '"' + "".join("\\" * (letter in '\\"\n') + letter for letter in value) + '"' if value else "\\N",
        ",",
    )


def unquoted(rows: Rows) -> bytes:
    """Fields between tabs of a tool that knows no quoting."""
    return _lines([("text", "label"), *rows], lambda value: " ".join(value.split()), "\t")


def json_list(rows: Rows) -> bytes:
    """A JSON list of objects."""
    return json.dumps([{"text": text, "label": label} for text, label in rows], ensure_ascii=False, indent=1).encode()


def json_lines(rows: Rows) -> bytes:
    """JSON lines."""
    entries = ({"text": text, "label": label} for text, label in rows)
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()


def fasttext(rows: Rows) -> bytes:
    """Lines of fastText."""
    return "".join(f"__label__{label} {' '.join(text.split())}\n" for text, label in rows).encode()


def label_studio_csv(rows: Rows) -> bytes:
    """The csv export of Label Studio, with two annotations of the first task."""
    table = [["annotation_id", "annotator", "created_at", "id", "lead_time", "sentiment", "text", "updated_at"]]
    for place, (text, label) in enumerate([*rows[:1], *rows]):
        table.append([str(place), "a@example.org", "now", str(max(place, 1)), "1.5", label, text, "now"])
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(table)
    return file.getvalue().encode()


def label_studio_json(rows: Rows) -> bytes:
    """The JSON export of Label Studio."""
    return json.dumps(
        [
            {
                "id": place,
                "data": {"text": text},
                "annotations": [
                    {
                        "id": place,
                        "result": [{"from_name": "sentiment", "value": {"choices": [label] if label else []}}],
                    }
                ],
            }
            for place, (text, label) in enumerate(rows)
        ]
    ).encode()


def doccano(rows: Rows) -> bytes:
    """The JSONL export of doccano."""
    entries = (
        {"id": place, "text": text, "label": [label] if label else [], "Comments": []}
        for place, (text, label) in enumerate(rows)
    )
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()


def parquet(rows: Rows) -> bytes:
    """Parquet, not compressed."""
    file = io.BytesIO()
    pa.parquet.write_table(_table(rows), file, compression="none")
    return file.getvalue()


def arrow(rows: Rows) -> bytes:
    """An Arrow file."""
    file = io.BytesIO()
    with pa.ipc.new_file(file, _table(rows).schema) as writer:
        writer.write_table(_table(rows))
    return file.getvalue()


def arrow_stream(rows: Rows) -> bytes:
    """An Arrow stream, as Hugging Face datasets writes it."""
    file = io.BytesIO()
    with pa.ipc.new_stream(file, _table(rows).schema) as writer:
        writer.write_table(_table(rows))
    return file.getvalue()


def sheet(rows: Rows) -> bytes:
    """A spreadsheet, not compressed."""
    file = io.BytesIO()
    workbook(file, {"Sheet1": [["text", "label"], *map(list, rows)]}, compression=zipfile.ZIP_STORED)
    return file.getvalue()


def _table(rows: Rows) -> pa.Table:
    return pa.table(
        {
            "text": pa.array([text for text, _ in rows], pa.string()),
            "label": pa.array([each for _, each in rows], pa.string()),
        }
    )


def _lines(rows: Rows, field: Callable[[str], str], separator: str) -> bytes:
    return "".join(separator.join(map(field, row)) + "\n" for row in rows).encode()
