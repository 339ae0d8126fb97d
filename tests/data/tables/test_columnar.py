import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest
from data_files import given, read, refusal, targets
from tool_rows import LEFT_OUT, ROWS, USED

from bert_keras.data import Columns, Source
from bert_keras.errors import DataError

TABLE = pa.table({"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]})


def parquet(table: pa.Table, path: Path) -> None:
    pa.parquet.write_table(table, path, row_group_size=5)


def arrow(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)


def stream(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)


def feather(table: pa.Table, path: Path) -> None:
    pa.feather.write_feather(table, path)


WRITERS = [parquet, arrow, stream, feather]


def saved(folder: Path, table: pa.Table | dict[str, Any], write: Any = parquet, name: str = "rows.parquet") -> str:
    """The path of a file of a table."""
    write(table if isinstance(table, pa.Table) else pa.table(table), folder / name)
    return str(folder / name)


def hugging_face(columns: dict[str, Any], features: dict[str, Any]) -> pa.Table:
    """A table with the metadata of Hugging Face datasets."""
    return pa.table(columns).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


@pytest.mark.parametrize("name", ["rows.parquet", "rows.pq", "rows.arrow", "rows.feather", "rows", "rows.csv"])
@pytest.mark.parametrize("write", WRITERS)
def test_rows_are_read_whatever_the_name(tmp_path: Path, write: Any, name: str) -> None:
    assert given(saved(tmp_path, TABLE, write, name)) == (USED, LEFT_OUT)


@pytest.mark.parametrize("write", WRITERS)
def test_rows_are_numbered_over_batches(tmp_path: Path, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.data.tables.columnar.MOST_RECORDS", 2)
    path = saved(tmp_path, TABLE, write)
    assert [row.line for row in read(path)] == [row for row, (text, label) in enumerate(ROWS, 1) if text and label]


@pytest.mark.parametrize(
    "strings", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.binary()]
)
@pytest.mark.parametrize("write", [arrow, stream])
def test_strings_of_all_types_are_texts_and_labels(tmp_path: Path, write: Any, strings: pa.DataType) -> None:
    columns = {name: pa.array(TABLE[name].to_pylist()).cast(strings) for name in ("text", "label")}
    assert given(saved(tmp_path, columns, write)) == (USED, LEFT_OUT)


def test_numbered_labels_have_the_names_that_datasets_keeps(tmp_path: Path) -> None:
    names = {"names": ["bad", "good"], "_type": "ClassLabel"}
    table = hugging_face(
        {"text": ["a", "b", "c", "d"], "label": [0, 1, -1, None], "labels": [[1, 0], [], None, [-1, 1]]},
        {"text": {"dtype": "string", "_type": "Value"}, "label": names, "labels": {"feature": names, "_type": "List"}},
    )
    path = saved(tmp_path, table)
    assert given(path) == ([("a", "bad"), ("b", "good")], {"empty label": 2})
    assert targets(path, Columns(label="labels"), "multi_label") == [("good", "bad"), (), (), ("good",)]


@pytest.mark.parametrize(
    "feature",
    [
        [{"names": ["x", "y"], "_type": "ClassLabel"}],
        {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}, "length": -1, "_type": "Sequence"},
    ],
)
def test_lists_of_numbered_labels_of_older_versions_have_names_too(tmp_path: Path, feature: Any) -> None:
    path = saved(tmp_path, hugging_face({"text": ["a"], "labels": [[1]]}, {"labels": feature}))
    assert targets(path, task="multi_label") == [("y",)]


@pytest.mark.parametrize(
    "metadata",
    [
        b"\xff",
        b"{",
        b"[]",
        b'{"info": {"features": []}}',
        b'{"info": {"features": {"label": []}}}',
        b'{"info": {"features": {"label": {"_type": "ClassLabel", "names": 5}}}}',
    ],
)
def test_metadata_that_name_no_labels_are_passed_over(tmp_path: Path, metadata: bytes) -> None:
    table = pa.table({"text": ["a", "b"], "label": [3, 4]}).replace_schema_metadata({"huggingface": metadata})
    assert targets(saved(tmp_path, table)) == ["3", "4"]


@pytest.mark.parametrize("label", [2, -2, 0.5, "good"])
def test_what_is_no_number_of_a_label_is_told_with_its_row(tmp_path: Path, label: Any) -> None:
    table = hugging_face({"text": ["a"], "label": [label]}, {"label": {"names": ["x", "y"], "_type": "ClassLabel"}})
    assert refusal(saved(tmp_path, table)) == f", row 1: the number of a label expected, below 2. Received: {label!r}"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1.0, float("nan"), 2.0], ["1", "2"]),
        ([True, None, False], ["true", "false"]),
        ([Decimal("1"), None, Decimal("2")], ["1", "2"]),
        ([["x"], [], ["y"]], ["x", "y"]),
        ([{"choices": ["x"]}, None, {"choices": ["y"]}], ["x", "y"]),
    ],
)
def test_labels_of_all_types_become_names(tmp_path: Path, labels: list[Any], expected: list[str]) -> None:
    assert given(saved(tmp_path, {"text": ["a", "b", "c"], "label": labels})) == (
        [("a", expected[0]), ("c", expected[1])],
        {"empty label": 1},
    )


def test_numbers_of_all_types_are_targets(tmp_path: Path) -> None:
    for column in ([Decimal("1.5"), Decimal("-2")], [1.5, -2.0], pa.array([1.5, -2], pa.float16())):
        assert targets(saved(tmp_path, {"text": ["a", "b"], "score": column}), task="regression") == [1.5, -2.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": [1], "label": ["x"]}, ", row 1: a text expected. Received: 1"),
        ({"text": [b"a", b"\xff"], "label": ["x", "x"]}, ", row 2: not UTF-8. Received: b'\\xff'"),
        ({"text": ["a"], "label": [1.5]}, ", row 1: a label expected: a string or an integer. Received: 1.5"),
        (
            {"text": ["a"], "label": [datetime.date(2026, 1, 2)]},
            ", row 1: a label expected: a string or an integer. Received: datetime.date(2026, 1, 2)",
        ),
        ({"text": ["a"], "label": [{"x": 1}]}, ", row 1: a label expected: a string or an integer. Received: {'x': 1}"),
        ({"words": ["a"], "label": ["x"]}, ": no column with a usual name for the text. Received: words, label"),
        ({"text": pa.array([], pa.string()), "label": pa.array([], pa.string())}, ": no rows to use. Received: 0 rows"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_row(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    assert refusal(saved(tmp_path, columns)).startswith(message)


def test_lists_of_0_and_1_need_names(tmp_path: Path) -> None:
    path = saved(tmp_path, {"text": ["a", "b"], "labels": pa.array([[1, 0, 1], [0, 0, 0]], pa.list_(pa.int8(), 3))})
    assert refusal(path, task="multi_label") == (
        ": lists of 3 numbers, each 0 or 1, stand for labels by their place, and need names. Received: [1, 0, 1]; "
        "name the places with --label_names, e.g. --label_names a b"
    )
    assert targets(path, Columns(label_names=("x", "y", "z")), "multi_label") == [("x", "z"), ()]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, write: Any, kept: float) -> None:
    path = Path(saved(tmp_path, TABLE, write))
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    message = refusal(str(path))
    assert message.startswith(": broken ") and message.endswith("); write the file again")


def test_texts_whose_bytes_are_broken_are_told(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, TABLE, arrow))
    path.write_bytes(path.read_bytes().replace("déjà".encode(), b"\xff\xff\xff\xff\xff\xff"))
    assert refusal(str(path)).startswith(": broken Arrow (In column 0: Invalid: Invalid UTF8 sequence")


def test_columns_of_one_name_are_refused_only_where_they_are_wanted(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([each]) for each in ("a", "b", "c", "d")], ["text", "note", "note", "label"])
    for write in (parquet, arrow):
        path = saved(tmp_path, table, write)
        assert given(path)[0] == [("a", "d")]
        assert refusal(path, Columns(text="note")).startswith(": the column 'note' is there more than once.")


def test_a_column_with_a_dot_in_its_name_is_not_a_part_of_another(tmp_path: Path) -> None:
    path = saved(tmp_path, {"a.text": ["this"], "a": [{"text": "not this"}], "label": ["x"]})
    assert given(path, Columns(text="a.text"))[0] == [("this", "x")]


def test_a_stream_that_ends_behind_a_batch_is_refused_whatever_its_last_bytes_are(tmp_path: Path) -> None:
    # The last batch ends in -1 and padding, the very bytes of the mark that is missing behind it.
    table = pa.table({"text": ["good", "bad", "fine"], "label": pa.array([0, 1, -1], pa.int32())})
    stream(table, tmp_path / "rows.arrow")
    whole = (tmp_path / "rows.arrow").read_bytes()
    assert [row.text for row in Source(str(tmp_path / "rows.arrow"))] == ["good", "bad", "fine"]
    (tmp_path / "rows.arrow").write_bytes(whole.removesuffix(b"\xff\xff\xff\xff\0\0\0\0"))
    with pytest.raises(DataError, match=r"broken Arrow stream \(no mark of the end; was it cut off\?\)"):
        list(Source(str(tmp_path / "rows.arrow")))
