import errno
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import save_file
from small_disk import files_of_at_most

from bert_keras import TextClassifier, checkpoints, serving
from bert_keras.errors import ExportError
from bert_keras.files import replaced_file, replaced_folder
from bert_keras.files.room import take_room
from bert_keras.files.system_errors import error_of_writing


def test_a_full_disk_names_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("before")
    with (
        files_of_at_most(1000),
        pytest.raises(OSError, match="File too large") as told,
        replaced_file(path) as aside,
        aside.open("wb") as file,
    ):
        file.write(bytes(10_000))
    assert (told.value.errno, told.value.filename) == (errno.EFBIG, str(path))
    assert (os.listdir(tmp_path), path.read_text()) == (["rows.txt"], "before")


def test_what_a_library_says_of_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    with (
        files_of_at_most(1000),
        pytest.raises(OSError, match="File too large") as told,
        replaced_folder(tmp_path / "model") as aside,
    ):
        save_file({"weights": np.zeros(1000)}, aside / "model.safetensors")
    assert (told.value.errno, told.value.filename) == (errno.EFBIG, str(tmp_path / "model"))
    assert os.listdir(tmp_path) == []


def test_an_error_of_another_file_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as told, replaced_file(tmp_path / "rows.txt"):
        (tmp_path / "missing").read_text()
    assert told.value.filename == str(tmp_path / "missing")
    with pytest.raises(ValueError, match="own"), replaced_folder(tmp_path / "rows"):
        raise ValueError("own")


def test_a_preset_for_which_there_is_no_room_is_not_begun(classifier: TextClassifier, tmp_path: Path) -> None:
    # HDF5 would write a part of it, and leave this process in a state in which it crashes.
    with files_of_at_most(10_000), pytest.raises(OSError, match="File too large") as told:
        classifier.save_to_preset(str(tmp_path / "model"))
    assert told.value.filename == str(tmp_path / "model")
    assert os.listdir(tmp_path / "model") == []


def test_a_hugging_face_folder_and_an_export_tell_of_a_full_disk(classifier: TextClassifier, tmp_path: Path) -> None:
    with files_of_at_most(5000):
        with pytest.raises(OSError, match="File too large"):
            checkpoints.save_hugging_face(classifier, tmp_path / "folder")
        with pytest.raises(ExportError, match=r"model: the export cannot be written \(File too large\)"):
            serving.export(classifier, tmp_path / "model", signatures=["token_ids"])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["model"]


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (RuntimeError("Can't close file (errno = 28, error message = 'No space left on device')"), errno.ENOSPC),
        (tf.errors.ResourceExhaustedError(None, None, "model.pb; No space left on device"), errno.ENOSPC),
        (tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"), None),
        (OSError(errno.EROFS, "Read-only file system"), errno.EROFS),
        (OSError(errno.ENOENT, "No such file or directory"), None),
    ],
)
def test_errors_of_writing_are_known_in_anyones_words(error: Exception, number: int | None) -> None:
    assert error_of_writing(error) == number


def test_what_a_link_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "old").touch()
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "file").symlink_to("real/rows.txt")
    with replaced_folder(tmp_path / "folder") as aside:
        (aside / "new").touch()
    with replaced_file(tmp_path / "file") as aside:
        aside.write_text("rows")
    assert (tmp_path / "folder").is_symlink() and (tmp_path / "file").is_symlink()
    assert sorted(os.listdir(tmp_path / "real")) == ["new", "rows.txt"]
    with pytest.raises(NotADirectoryError), replaced_folder(tmp_path / "file"):
        raise AssertionError("nothing is to be written in place of a file")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "real"]


def test_room_is_taken_for_a_file_before_it_is_mapped(tmp_path: Path) -> None:
    with (tmp_path / "map").open("wb") as file:
        file.truncate(2**20)  # as NumPy makes one: without a block on the disk
    take_room(tmp_path / "map")
    status = (tmp_path / "map").stat()
    assert (status.st_size, status.st_blocks * 512 >= 2**20) == (2**20, True)
