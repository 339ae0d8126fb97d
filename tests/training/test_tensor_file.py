import errno
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from bert_keras.errors import CheckpointError
from bert_keras.training.tensor_file import read_note, read_tensors, write_tensors

Variables = dict[str, keras.Variable]


def variables(seed: int = 0) -> Variables:
    random = np.random.default_rng(seed)
    values = {
        "kernel": random.normal(size=[3, 5]).astype(np.float32),
        "nothing": np.zeros([0, 4], np.float32),
        "count": np.int64(2**40 + seed),
        "seed": np.array([2**32 - 1 - seed, 7], np.uint32),
        "flag": np.array([True, False]),
    }
    return {name: keras.Variable(value, dtype=str(value.dtype)) for name, value in values.items()}


def values(of: Variables) -> dict[str, np.ndarray]:
    return {name: np.asarray(variable.value) for name, variable in of.items()}


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert (one[name].dtype, one[name].shape) == (other[name].dtype, other[name].shape)
        assert one[name].tobytes() == other[name].tobytes()


def test_the_safetensors_library_reads_what_is_written(tmp_path: Path) -> None:
    written = variables()
    write_tensors(tmp_path / "a.safetensors", written, "a note: é\n")
    assert_same(load_file(tmp_path / "a.safetensors"), values(written))


def test_tensors_and_note_come_back_to_the_last_bit(tmp_path: Path) -> None:
    written, other = variables(0), variables(1)
    write_tensors(tmp_path / "a.safetensors", written, json.dumps({"é": [0.1, None]}))
    read_tensors(tmp_path / "a.safetensors", other)
    assert_same(values(other), values(written))
    assert json.loads(read_note(tmp_path / "a.safetensors")) == {"é": [0.1, None]}


def test_bfloat16_comes_back(tmp_path: Path) -> None:
    written, other = ({"x": keras.Variable(np.full(3, value), dtype="bfloat16")} for value in (1.5, 0.0))
    write_tensors(tmp_path / "a.safetensors", written)
    read_tensors(tmp_path / "a.safetensors", other)
    assert np.asarray(other["x"].value, np.float32).tolist() == [1.5] * 3


def test_a_full_disk_leaves_the_file_that_was_there_and_nothing_else(tmp_path: Path) -> None:
    path, first = tmp_path / "a.safetensors", variables(0)
    write_tensors(path, first, "first")
    (tmp_path / ".a.safetensors.part").symlink_to("/dev/full")
    with pytest.raises(OSError) as error:
        write_tensors(path, variables(1), "second")
    assert error.value.errno == errno.ENOSPC
    assert_same(load_file(path), values(first))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, happened = tmp_path / "a.safetensors", []
    monkeypatch.setattr("os.fsync", lambda file: happened.append(("sync", path.exists())))
    write_tensors(path, variables())
    assert happened == [("sync", False), ("sync", True)]  # the file, then its folder


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xff" * 8, b"{}"])
def test_a_broken_file_is_told_with_its_path(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    for read in (read_note, lambda path: read_tensors(path, variables())):
        with pytest.raises(CheckpointError, match=r"broken\.safetensors: cannot be read"):
            read(path)


def test_a_file_cut_short_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, variables())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_note(path)


def test_other_tensors_are_refused(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a.safetensors", variables())
    with pytest.raises(CheckpointError, match="weights of another model"):
        read_tensors(tmp_path / "a.safetensors", {"other": keras.Variable(np.zeros(1))})
