import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bert_keras.errors import CheckpointError, InputError, TrainingError
from bert_keras.training.checkpoint import Checkpoints, fingerprint, named
from bert_keras.training.state import BestEpoch, TrainingState
from bert_keras.training.tensor_file import write_tensors

SETTINGS: dict[str, Any] = {"batch_size": 8, "trainable": "all", "labels": ["a", "b"], "the training data": "1f"}


def variables(value: float) -> dict[str, keras.Variable]:
    return named(
        "model",
        [keras.Variable(np.full([2, 3], value), name="kernel"), keras.Variable(np.full(2, -value), name="bias")],
    )


def values(of: dict[str, keras.Variable]) -> list[float]:
    return [float(np.asarray(variable.value).flat[0]) for variable in of.values()]


def begun(
    folder: Path, value: float = 0.0, replace: bool = False, **changes: Any
) -> tuple[Checkpoints, dict, TrainingState]:
    """Checkpoints of a training, its variables, and its state."""
    checkpoints, own = Checkpoints(folder), variables(value)
    return checkpoints, own, checkpoints.begin(SETTINGS | changes, own, replace)


def saved(folder: Path, value: float, step: int = 5) -> Checkpoints:
    """A training that has saved its variables at a step."""
    checkpoints, _, _ = begun(folder, value)
    checkpoints.save(TrainingState(epoch=1, step=step))
    return checkpoints


def test_a_training_begins_where_nothing_was_saved(tmp_path: Path) -> None:
    _, own, state = begun(tmp_path / "run" / "checkpoint", 1.0)
    assert state == TrainingState()
    assert values(own) == [1.0, -1.0]


def test_a_training_goes_on_with_what_was_saved_last(tmp_path: Path) -> None:
    saved(tmp_path, 1.0, step=5)
    checkpoints, own, state = begun(tmp_path, 3.0)
    assert (state, values(own)) == (TrainingState(epoch=1, step=5), [1.0, -1.0])
    own["model.0000.kernel"].assign(np.full([2, 3], 4.0))
    checkpoints.save(TrainingState(epoch=2))
    _, own, state = begun(tmp_path, 3.0)
    assert (state.epoch, values(own)) == (2, [4.0, -1.0])


def test_another_training_is_refused_and_told_what_differs(tmp_path: Path) -> None:
    saved(tmp_path, 1.0)
    before = (tmp_path / "state.safetensors").read_bytes()
    with pytest.raises(InputError) as error:
        begun(tmp_path, batch_size=16, labels=["a", "c"], **{"the training data": "2e"})
    assert str(error.value) == (
        f"{tmp_path}: there is an unfinished training with other settings. Received: batch_size 8 there, 16 now; "
        "labels ['a', 'b'] there, ['a', 'c'] now; the training data differ. "
        "Give the same settings to go on with it, or --overwrite true to start anew"
    )
    assert (tmp_path / "state.safetensors").read_bytes() == before


def test_another_training_replaces_it_where_that_is_asked_for(tmp_path: Path) -> None:
    saved(tmp_path, 1.0)
    _, own, state = begun(tmp_path, 3.0, replace=True, batch_size=16)
    assert (state, values(own)) == (TrainingState(), [3.0, -3.0])
    assert not list(tmp_path.iterdir())


def test_the_same_training_goes_on_even_where_others_would_be_replaced(tmp_path: Path) -> None:
    saved(tmp_path, 1.0)
    assert begun(tmp_path, 3.0, replace=True)[2].step == 5


def test_a_full_disk_is_told_in_a_line_and_the_last_checkpoint_is_taken_up(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 1.0, step=5)
    (tmp_path / ".state.safetensors.part").symlink_to("/dev/full")
    with pytest.raises(TrainingError) as error:
        checkpoints.save(TrainingState(epoch=1, step=9))
    assert str(error.value) == (
        f"{tmp_path}/state.safetensors: the checkpoint cannot be written (No space left on device); the last good "
        "checkpoint, of epoch 2, step 5, is whole; once that is mended, the same command goes on"
    )
    _, own, state = begun(tmp_path, 3.0)
    assert (state.step, values(own)) == (5, [1.0, -1.0])


def test_a_folder_deleted_under_a_training_is_told(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path / "run", 1.0)
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(TrainingError, match="run: the folder was deleted while the training was at work"):
        checkpoints.save(TrainingState())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="checkpoint: cannot be made"):
        begun(tmp_path / "file" / "checkpoint")


def test_what_a_killed_write_left_does_not_matter(tmp_path: Path) -> None:
    saved(tmp_path, 1.0)
    (tmp_path / ".state.safetensors.part").write_bytes(b"half a file")
    (tmp_path / ".best-7.safetensors.part").write_bytes(b"half a file")
    checkpoints, own, state = begun(tmp_path, 3.0)
    assert (state.step, values(own)) == (5, [1.0, -1.0])
    checkpoints.save(state)
    assert not (tmp_path / ".state.safetensors.part").exists()


@pytest.mark.parametrize(
    "note", ["", "{}", "[]", '{"settings": {}, "state": {"epoch": 1}}', '{"settings": {}, "state": {"stage": 1}}']
)
def test_a_file_that_is_no_checkpoint_is_told_and_not_deleted(tmp_path: Path, note: str) -> None:
    write_tensors(tmp_path / "state.safetensors", variables(1.0), note)
    with pytest.raises(
        CheckpointError, match=r"state\.safetensors: no checkpoint of a training; delete it to start anew"
    ):
        begun(tmp_path)
    assert (tmp_path / "state.safetensors").exists()


@pytest.mark.parametrize("damage", [b"", b"\x02\0\0\0\0\0\0\0{}", None])
def test_a_broken_checkpoint_is_told_and_not_deleted(tmp_path: Path, damage: bytes | None) -> None:
    saved(tmp_path, 1.0)
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)
    with pytest.raises(CheckpointError, match=r"state\.safetensors: .*delete it to start anew"):
        begun(tmp_path)
    assert path.exists()


def test_the_best_weights_are_kept_with_the_state_that_names_them_and_older_ones_go(tmp_path: Path) -> None:
    checkpoints, own, _ = begun(tmp_path, 1.0)
    checkpoints.save_best(0, own)
    checkpoints.save(TrainingState(epoch=1, best=BestEpoch(0, 0.5)))
    checkpoints.save_best(1, variables(2.0))
    assert {path.name for path in tmp_path.iterdir()} == {
        "state.safetensors",
        "best-0.safetensors",
        "best-1.safetensors",
    }
    checkpoints.save(TrainingState(epoch=2, best=BestEpoch(1, 0.6)))
    assert {path.name for path in tmp_path.iterdir()} == {"state.safetensors", "best-1.safetensors"}
    checkpoints.restore_best(1, own)
    assert values(own) == [2.0, -2.0]


def test_nothing_is_left_of_checkpoints_that_are_deleted_but_what_is_somebody_elses(tmp_path: Path) -> None:
    for name in ("own", "shared"):
        checkpoints, own, _ = begun(tmp_path / name, 1.0)
        checkpoints.save_best(0, own)
        checkpoints.save(TrainingState(best=BestEpoch(0, 0.5)))
        (tmp_path / name / ".state.safetensors.part").touch()
        if name == "shared":
            (tmp_path / name / "notes.txt").touch()
        checkpoints.delete()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [
        "shared",
        "shared/notes.txt",
    ]


@pytest.mark.parametrize(("minutes", "due"), [(0.0, True), (60.0, False)])
def test_a_checkpoint_is_due_when_its_time_has_come(tmp_path: Path, minutes: float, due: bool) -> None:
    checkpoints = Checkpoints(tmp_path, minutes)
    checkpoints.begin(SETTINGS, variables(0.0), False)
    assert checkpoints.due() is due
    checkpoints.save(TrainingState())
    assert checkpoints.due() is due


def test_a_fingerprint_sees_a_value_a_shape_and_a_type() -> None:
    ones = np.ones([2, 3], np.float32)
    others = [ones, ones + np.float32(1e-6), ones.reshape(3, 2), ones.astype(np.int32), ones[:1]]
    prints = [fingerprint({"x": keras.Variable(other, dtype=str(other.dtype))}) for other in others]
    assert len(set(prints)) == len(others)
    assert fingerprint({"x": keras.Variable(ones)}) == prints[0] != fingerprint({"y": keras.Variable(ones)})


def test_a_part_is_saved_with_the_whole_as_it_is_then_and_goes_with_it(tmp_path: Path) -> None:
    whole, own, state = begun(tmp_path, 1.0)
    part = whole.part("second")
    there = variables(5.0)
    part.begin({"batch_size": 4}, there, replace=False)
    assert not whole.there
    state.step, own_kernel = 7, own["model.0000.kernel"]
    own_kernel.assign(np.full([2, 3], 2.0))
    part.save(TrainingState(step=3))
    again, own, state = begun(tmp_path, 9.0)
    assert (again.there, state.step, values(own)) == (True, 7, [2.0, -1.0])
    there = variables(0.0)
    assert again.part("second").begin({"batch_size": 4}, there, replace=False).step == 3
    assert values(there) == [5.0, -5.0]
    begun(tmp_path, replace=True, batch_size=16)
    assert not list(tmp_path.iterdir())
