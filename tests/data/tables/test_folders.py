import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from data_files import given, read, refusal

from bert_keras.data import Source

PART = "part-0000{}-0b7a8d5e-2c1f-4e0a-9d3b-5f6a7b8c9d0e-c000.{}"
ROW, JSON_ROW = "text,label\none,a\n", '{"text":"one","label":"a"}\n'


def folder(path: Path, files: Mapping[str, str | bytes]) -> str:
    """Writes a folder of files."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def data_set(path: Path, rows: Mapping[str, list[str]]) -> str:
    """Writes what `save_to_disk` of Hugging Face datasets writes for splits with these texts, in two files each."""
    for split, texts in rows.items():
        names = [f"data-0000{place}-of-00002.arrow" for place in range(2)]
        folder(path / split, {"state.json": json.dumps({"_data_files": [{"filename": name} for name in names]})})
        folder(path / split, {"dataset_info.json": "{}", "cache-12.arrow": "stale"})
        for name, part in zip(names, (texts[:1], texts[1:]), strict=True):
            table = pa.table({"text": part, "label": pa.array(["a"] * len(part))})
            with pa.OSFile(str(path / split / name), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
                writer.write_table(table)
    return folder(path, {"dataset_dict.json": json.dumps({"splits": list(rows)})})


def test_the_parts_of_a_cluster_are_read_in_their_order_and_its_marks_are_not(tmp_path: Path) -> None:
    files = {
        PART.format(1, "csv"): "text,label\n",
        PART.format(2, "csv"): "text,label\ntwo,b\n",
        PART.format(0, "csv"): ROW,
        PART.format(3, "csv"): "",
        f".{PART.format(0, 'csv')}.crc": b"\x00crc",
        "_SUCCESS": "",
        "_committed_123": "{}",
    }
    path = folder(tmp_path, files)
    assert given(path) == ([("one", "a"), ("two", "b")], {})
    assert [row.file for row in read(path)] == [str(tmp_path / PART.format(place, "csv")) for place in (0, 2)]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_compressed_parts_may_be_empty(tmp_path: Path, kind: str) -> None:
    raw = {"csv": ROW, "json": JSON_ROW}[kind].encode()
    files = {PART.format(place, f"{kind}.gz"): gzip.compress(raw if place == 1 else b"") for place in range(3)}
    assert given(folder(tmp_path, files)) == ([("one", "a")], {})


def test_words_that_begin_like_a_split_are_none(tmp_path: Path) -> None:
    files = {name: f"text,label\n{name},a\n" for name in ("trains.csv", "testimony-1.csv", "test-1.csv", "test-2.csv")}
    assert len(given(folder(tmp_path, files))[0]) == 4


def test_a_column_that_the_rows_of_one_part_lack_is_read_from_the_others(tmp_path: Path) -> None:
    files = {PART.format(0, "json"): JSON_ROW, PART.format(1, "json"): '{"text":"two","label":"b"}\n{"text":"three"}\n'}
    assert given(folder(tmp_path, files)) == ([("one", "a"), ("two", "b")], {"empty label": 1})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, ": no files to read in this folder. Received: none"),
        ({"_SUCCESS": "", ".x.crc": "x"}, ": no files to read in this folder. Received: none"),
        ({"a.csv": ""}, ": no files to read in this folder. Received: a.csv"),
        ({"more/a.csv": ROW}, ": no files to read in this folder. Received: more"),
        (
            {"label=a/part-0.csv": "text\none\n", "label=b/part-0.csv": "text\ntwo\n"},
            ": a table cut into folders by the values of a column, which its files then lack. "
            "Received: label=a, label=b; write it without partitions",
        ),
        (
            {"a.csv": ROW, "b.jsonl": JSON_ROW, "c.csv": ROW},
            ": files of several kinds in one folder. Received: .csv, .jsonl; name those to read, e.g. '{}/*.csv'",
        ),
        (
            {"README.md": "about", "a.parquet": "PAR1"},
            ": files of several kinds in one folder. Received: .md, .parquet; name those to read, e.g. '{}/*.parquet'",
        ),
        (
            {"a.csv": ROW, "more/b.csv": ROW},
            ": folders beside files, which may hold rows too. Received: more; "
            "name those to read, e.g. '{}/*.csv' or '{}/**/*.csv'",
        ),
        (
            {"train-0.parquet": "PAR1", "test-0.parquet": "PAR1", "train-1.parquet": "PAR1"},
            ": files of several splits in one folder. Received: test-0.parquet, train-1.parquet; "
            "name those to read, e.g. '{}/test*'",
        ),
        ({"state.json": "{}"}, "/state.json: cannot be read as datasets writes it ('_data_files')"),
        ({"state.json": '{"_data_files": []}'}, "/state.json: '_data_files': a list expected. Received: []"),
        (
            {"state.json": '{"_data_files": [{"filename": "../secret.arrow"}]}'},
            "/state.json: names of files expected in '_data_files'. Received: ['../secret.arrow']",
        ),
        (
            {"state.json": '{"_data_files": [{"name": "x"}]}'},
            "/state.json: names of files expected in '_data_files'. Received: [None]",
        ),
        ({"dataset_dict.json": '{"splits": ["test"]}'}, ": no split 'train'. Received: test; name one, e.g. {}/test"),
    ],
)
def test_a_folder_that_is_no_table_is_told(tmp_path: Path, files: dict[str, str], message: str) -> None:
    path = folder(tmp_path, files)
    assert refusal(path) == message.replace("{}", path) if "{}/" in message else message


@pytest.mark.parametrize(
    ("splits", "default", "chosen"),
    [
        (["train", "test"], "train", "train"),
        (["test", "train", "validation"], "validation", "validation"),
        (["train", "valid", "test"], "validation", "valid"),
        (["train", "validation_matched", "validation_mismatched"], "validation", "validation_matched"),
        (["train", "dev"], "validation", "dev"),
        (["train", "test"], "validation", "test"),
        (["train", "test"], "test", "test"),
    ],
)
def test_of_a_saved_data_set_the_split_that_is_needed_is_read(
    tmp_path: Path, splits: list[str], default: str, chosen: str
) -> None:
    path = data_set(tmp_path, {split: [f"{split} 1", f"{split} 2"] for split in splits})
    texts = [f"{chosen} 1", f"{chosen} 2"]
    assert [row.text for row in Source(path, task="single_label", default_split=default)] == texts
    assert [row.text for row in Source(f"{path}/{chosen}", task="single_label")] == texts


def test_a_split_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = data_set(tmp_path, {"train": ["a", "b"]})
    with pytest.raises(ValueError) as error:
        Source(path, default_split="validation")
    assert str(error.value) == f"{path}: no split 'validation'. Received: train; name one, e.g. {path}/train"
