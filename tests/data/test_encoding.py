import json
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from data_files import write

from bert_keras.data import Columns, Encoded, Source, encode
from bert_keras.errors import DataError
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.text import BertTokenizer, Packed

Pack = Callable[[Any], Packed]
HASH_OF_AB = 3066228220894225695


@pytest.fixture(scope="module")
def preprocessor(tokenizer: BertTokenizer) -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(tokenizer, max_length=16)


@pytest.fixture
def encoded(preprocessor: TextClassifierPreprocessor, tmp_path: Path) -> Callable[..., Encoded]:
    """Encodes a source into the test's cache."""

    def encode_source(source: Source, pack: Pack = preprocessor.pack, fingerprint: str = "t", **others: Any) -> Encoded:
        return encode(source, pack, fingerprint, tmp_path / "cache", **others)

    return encode_source


def refuse(_: Any) -> Packed:
    """Stands where nothing is to be tokenized."""
    raise AssertionError("tokenized again")


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder / "cache"))


def letters(texts: list[str]) -> Packed:
    """A token for each letter of a text, its code point."""
    rows = tf.strings.unicode_decode(texts, "UTF-8")
    return Packed(rows, tf.zeros_like(rows))


TABLE = (
    "text,pair,label\nThe films,good,b\n,x,a\ngood . bad . good . bad . good . bad . good . bad . bad,film,a\n"
    "\nWörter?,,b\nfilm,x,\n"
)


def test_ids_equal_the_preprocessors_own(
    tmp_path: Path, preprocessor: TextClassifierPreprocessor, encoded: Callable[..., Encoded]
) -> None:
    source = Source(write(tmp_path, TABLE), task="single_label")
    data = encoded(source)
    inputs, targets = data.batch(np.arange(3))
    for name, expected in preprocessor([row.text for row in source]).items():
        np.testing.assert_array_equal(inputs[name], expected, err_msg=name)
    assert targets.tolist() == [1, 0, 1]
    assert data.lengths.tolist() == [5, 16, len(preprocessor(["Wörter?"])["token_ids"][0][:4])]
    assert [data.places(row)[1] for row in range(3)] == [2, 4, 6]
    assert (data.rows_read, data.left_out, data.task) == (5, {"empty text": 1, "empty label": 1}, "single_label")


def test_ids_of_pairs_equal_the_preprocessors_own(
    tmp_path: Path, preprocessor: TextClassifierPreprocessor, encoded: Callable[..., Encoded]
) -> None:
    source = Source(write(tmp_path, TABLE), Columns(pair="pair"), "single_label")
    inputs, _ = encoded(source).batch(np.arange(3))
    rows = list(source)
    for name, expected in preprocessor(([row.text for row in rows], [row.pair for row in rows])).items():
        np.testing.assert_array_equal(inputs[name], expected, err_msg=name)
    assert inputs["segment_ids"].sum() > 0


def test_rows_beyond_one_block_keep_their_order_their_labels_and_their_places(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"{'x' * (row % 5 + 1)}{row}", f"{row * 7919 % 11}") for row in range(200)]
    files = [
        write(tmp_path, "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows[:90]), "1.csv"),
        write(tmp_path, "text,label\n,0\n", "2.csv"),
        write(
            tmp_path, "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows[90:]), "3.jsonl"
        ),
    ]
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 7)
    done: list[int] = []
    data = encoded(Source(files, task="single_label"), letters, on_rows=done.append)
    assert sum(done) == len(data) == 200 and max(done) <= 110
    ids = data.batch(np.arange(200))[0]["token_ids"]
    assert ["".join(map(chr, row[row > 0])) for row in ids] == [text for text, _ in rows]
    names = data.label_names()
    assert names == [str(number) for number in range(11)]
    assert [names[target] for target in data.targets] == [label for _, label in rows]
    assert [data.places(row) for row in (0, 89, 90, 199)] == [
        (files[0], 2),
        (files[0], 91),
        (files[2], 1),
        (files[2], 110),
    ]
    for place, name in enumerate(data.stored_targets.names):
        assert data.stored_targets.first_rows[place] == [label for _, label in rows].index(name)


def test_arrays_are_mapped_from_disk_and_as_narrow_as_they_may_be(
    tmp_path: Path, encoded: Callable[..., Encoded]
) -> None:
    data = encoded(Source(write(tmp_path, TABLE), task="single_label"))
    assert data.token_ids.dtype == np.uint16
    for name in ("token_ids", "lengths", "first_lengths", "begins", "hashes", "lines"):
        assert isinstance(getattr(data, name).base, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            getattr(data, name)[0] = 0


def test_ids_beyond_65535_widen_what_was_written_before(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 2)
    texts = ["ab", "\uffff", "c", "\U0001f600d", "e", "\U0010ffff", "f"]
    data = encoded(Source(write(tmp_path, "text\n" + "".join(f"{text}\n" for text in texts))), letters)
    assert data.token_ids.dtype == np.int32
    assert "".join(map(chr, data.token_ids)) == "".join(texts)


def test_targets_of_any_number_of_labels_and_numbers_are_kept(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 2)
    cells = ["b|a", "", "a", "", "", "c|b|a", "b"]
    sets = encoded(
        Source(
            write(tmp_path, "text\tlabels\n" + "".join(f"x\t{cell}\n" for cell in cells), "a.tsv"), task="multi_label"
        )
    )
    assert sets.label_names() == ["a", "b", "c"]
    assert [{"abc"[place] for place in np.flatnonzero(row)} for row in sets.targets] == [
        set(cell.split("|")) - {""} for cell in cells
    ]
    assert sets.stored_targets.first_rows == (0, 0, 5)
    numbers = encoded(Source(write(tmp_path, "text,label\na,1\nb,-0.5\nc,3e5\n"), task="regression"))
    assert numbers.targets.tolist() == [1, -0.5, 3e5]
    assert numbers.label_names() == []


def test_rows_without_any_label_at_all_are_kept(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    data = encoded(Source(write(tmp_path, "text,labels\na,\nb,\n"), task="multi_label"))
    assert len(data) == 2
    assert data.with_labels(["x", "y"]).targets.tolist() == [[0, 0], [0, 0]]


def test_columns_of_0_and_1_are_labels_even_where_none_is_1(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    data = encoded(Source(write(tmp_path, "text,b,a\nx,0,0\ny,0,1\n"), Columns(label=("b", "a")), "multi_label"))
    assert data.label_names() == ["a", "b"]
    assert data.targets.tolist() == [[0, 0], [1, 0]]
    assert data.label_counts().tolist() == [1, 0]


def test_hashes_are_of_text_and_pair(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    path = write(tmp_path, "text\tpair\nab\tc\na\tbc\nab\tc\nb\tc\n", "rows.tsv")
    alone, pairs = encoded(Source(path)).hashes, encoded(Source(path, Columns(pair="pair"))).hashes
    assert alone[0] == alone[2] and len(set(alone.tolist())) == 3
    assert pairs[0] == pairs[2] and len(set(pairs.tolist())) == 3
    assert alone[0] == HASH_OF_AB  # in every process


def test_a_label_column_that_holds_texts_is_refused(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.block_arrays.MOST_LABELS", 5)
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 4)
    path = write(tmp_path, "text,label\n" + "".join(f"a,{row // 2}\n" for row in range(20)))
    with pytest.raises(DataError) as error:
        encoded(Source(path, task="single_label"))
    assert str(error.value) == f"{path}, line 12: more than 5 different labels; is it the right column of labels?"
    assert entries(tmp_path) == []


def test_the_same_content_is_tokenized_once_whatever_its_name(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    first = encoded(Source(write(tmp_path, TABLE), task="single_label"))
    other = write(tmp_path, TABLE, "other.csv")
    again = encoded(Source(other, task="single_label"), refuse)
    assert again.fingerprint == first.fingerprint
    assert (again.rows_read, again.left_out, again.name, again.places(2)) == (5, first.left_out, other, (other, 6))
    np.testing.assert_array_equal(again.batch(np.arange(3))[0]["token_ids"], first.batch(np.arange(3))[0]["token_ids"])
    assert again.label_names() == first.label_names()


@pytest.mark.parametrize("change", ["content", "task", "columns", "separator", "tokenizer", "kind", "format"])
def test_whatever_decides_about_the_rows_makes_another_entry(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    table = "text\tpair\tlabel\na\tb\tx\nc\td\ty\n"
    usual = Source(write(tmp_path, table, "rows.data"), task="single_label")
    first = encoded(usual)
    if change == "format":
        monkeypatch.setattr("bert_keras.data.encoding._FORMAT", -1)
    source = {
        "content": lambda: Source(write(tmp_path, table.replace("c", "e"), "2.data"), task="single_label"),
        "task": lambda: Source(usual.files, task="multi_label"),
        "columns": lambda: Source(usual.files, Columns(pair="pair"), "single_label"),
        "separator": lambda: Source(usual.files, Columns(separator=";"), "single_label"),
        "kind": lambda: Source(write(tmp_path, table, "2.tsv"), task="single_label"),
    }.get(change, lambda: usual)()
    assert encoded(source, fingerprint="u" if change == "tokenizer" else "t").fingerprint != first.fingerprint
    assert len(entries(tmp_path)) == 2


@pytest.mark.parametrize(
    "harm", ["truncated", "missing", "no description", "half a description", "another description"]
)
def test_a_damaged_entry_is_made_anew(tmp_path: Path, encoded: Callable[..., Encoded], harm: str) -> None:
    source = Source(write(tmp_path, TABLE), task="single_label")
    expected = encoded(source).batch(np.arange(3))[0]["token_ids"].tolist()
    folder = tmp_path / "cache" / entries(tmp_path)[0]
    if harm == "truncated":
        os.truncate(folder / "token_ids", 4)
    elif harm == "missing":
        (folder / "hashes").unlink()
    elif harm == "no description":
        (folder / "rows.json").unlink()
    else:
        (folder / "rows.json").write_text('{"arrays": {"a"' if harm.startswith("half") else "[]")
    assert encoded(source).batch(np.arange(3))[0]["token_ids"].tolist() == expected
    assert encoded(source, refuse).batch(np.arange(3))[0]["token_ids"].tolist() == expected
    assert entries(tmp_path) == [folder.name]


def test_an_encoding_that_fails_leaves_nothing(
    tmp_path: Path, encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 3)
    source = Source(write(tmp_path, "text\n" + "fine\n" * 20 + "one,two\n"))
    with pytest.raises(DataError, match="line 22: 1 fields expected"):
        encoded(source)
    assert entries(tmp_path) == []

    def interrupted(texts: Any) -> Packed:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encoded(Source(write(tmp_path, TABLE)), interrupted)
    assert entries(tmp_path) == []


def test_a_killed_encoding_leaves_nothing_that_counts(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    source = Source(write(tmp_path, TABLE), task="single_label")
    child = multiprocessing.get_context("fork").Process(target=_encode_and_be_killed, args=(source, tmp_path / "cache"))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    (rest,) = entries(tmp_path)
    assert rest.startswith(".encoded-")
    assert len(encoded(source)) == 3
    _age(tmp_path / "cache" / rest, seconds=3601)
    encoded(Source(write(tmp_path, "text\na\n", "2.csv")))
    assert rest not in entries(tmp_path)


def _encode_and_be_killed(source: Source, cache: Path) -> None:
    """Without TensorFlow, whose threads a forked process has not."""

    def pack(texts: list[str]) -> Any:
        rows = SimpleNamespace(flat_values=SimpleNamespace(numpy=lambda: np.ones(len(texts), np.int32)))
        rows.row_lengths = lambda: SimpleNamespace(numpy=lambda: np.ones(len(texts), np.int64))
        return rows, None

    encode(source, pack, "t", cache, on_rows=lambda _: os.kill(os.getpid(), signal.SIGKILL))


def _age(folder: Path, seconds: float) -> None:
    """Makes a folder look as if nobody had touched it for so long."""
    for path in (folder, *folder.iterdir()):
        os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_of_two_at_once_the_first_who_is_done_counts(
    tmp_path: Path, encoded: Callable[..., Encoded], preprocessor: TextClassifierPreprocessor
) -> None:
    source = Source(write(tmp_path, TABLE), task="single_label")
    others: list[Encoded] = []

    def pack(texts: Any) -> Packed:
        others.append(encoded(Source(source.files, task="single_label")))  # all of it, while this one is at work
        return preprocessor.pack(texts)

    mine = encoded(source, pack)
    (entry,) = entries(tmp_path)
    mapped = (data.token_ids.base.filename for data in (mine, *others))
    assert {os.stat(name).st_ino for name in mapped} == {(tmp_path / "cache" / entry / "token_ids").stat().st_ino}


def test_what_was_not_used_for_30_days_is_removed_when_something_new_comes(
    tmp_path: Path, encoded: Callable[..., Encoded]
) -> None:
    used, unused = Source(write(tmp_path, TABLE, "1.csv")), Source(write(tmp_path, "text\na\n", "2.csv"))
    names = [f"encoded-{encoded(source).fingerprint}" for source in (used, unused)]
    (tmp_path / "cache" / "something else").mkdir()
    for name in (*names, "something else"):
        _age(tmp_path / "cache" / name, 31 * 24 * 3600)
    encoded(used, refuse)
    assert set(entries(tmp_path)) == {*names, "something else"}
    new = encoded(Source(write(tmp_path, "text\nb\n", "3.csv")))
    assert entries(tmp_path) == sorted([names[0], f"encoded-{new.fingerprint}", "something else"])


def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path, encoded: Callable[..., Encoded]) -> None:
    source = Source(write(tmp_path, "text\n" + "many words\n" * 20_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(DataError) as error:
            encoded(source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    cache = tmp_path / "cache"
    assert str(error.value) == f"{cache}: cannot keep encoded data (File too large); free space, or name another folder"
    assert entries(tmp_path) == []
    assert len(encoded(source)) == 20_000


def test_a_cache_that_cannot_be_a_folder_is_told(tmp_path: Path, preprocessor: TextClassifierPreprocessor) -> None:
    path = write(tmp_path, TABLE)
    with pytest.raises(DataError, match=r"rows\.csv/cache: cannot keep encoded data \(Not a directory\)"):
        encode(Source(path), preprocessor.pack, "t", f"{path}/cache")


def test_a_file_that_changes_meanwhile_is_told(
    tmp_path: Path, encoded: Callable[..., Encoded], preprocessor: TextClassifierPreprocessor
) -> None:
    path = write(tmp_path, TABLE)

    def pack(texts: Any) -> Packed:
        Path(path).write_text(TABLE + "more,x,a\n")
        return preprocessor.pack(texts)

    with pytest.raises(DataError, match=r"rows\.csv: changed while it was read"):
        encoded(Source(path), pack)
    assert entries(tmp_path) == []
