from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from bert_keras.errors import TrainingError
from bert_keras.event_files.writer import EventWriter
from bert_keras.training.tensorboard_events import read_scalars
from bert_keras.training.tensorboard_scalars import TensorBoardScalars

Curves = dict[str, list[tuple[int, float]]]


def read(folder: Path) -> Curves:
    """The scalars of a folder as TensorBoard itself reads them, steps and values by tag."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    tags = events.Tags()["tensors"]
    return {
        tag: [(event.step, float(make_ndarray(event.tensor_proto))) for event in events.Tensors(tag)] for tag in tags
    }


def train(folder: Path, first: int, last: int, every: int = 2, epoch: int = 5) -> None:
    """Calls a callback as a training does, from one optimizer step to another; like a killed one, without the end."""
    optimizer = SimpleNamespace(iterations=first - 1, learning_rate=0.5)
    scalars = TensorBoardScalars(folder, every)
    scalars.set_model(SimpleNamespace(optimizer=optimizer))
    scalars.on_train_begin()
    scalars.on_epoch_begin(0)
    for step in range(first, last + 1):
        optimizer.iterations = step
        scalars.on_train_batch_end(step % epoch, {"loss": 1 / step, "gradient_norm": 2.0, "rows": 8, "tokens": 100})
        if step % epoch == 0:
            scalars.on_epoch_end(0, {"loss": 0.5, "val_loss": 10.0 * step, "val_accuracy": 0.75})
            scalars.on_epoch_begin(1)


def test_training_curves_have_a_point_every_so_many_steps(tmp_path: Path) -> None:
    train(tmp_path, 1, 11, every=3)
    curves = read(tmp_path / "train")
    names = {"loss", "gradient_norm", "learning_rate", "examples_per_second", "tokens_per_second"}
    assert curves.keys() == names
    assert curves["loss"] == [(step, pytest.approx(1 / step)) for step in (3, 6, 9)]
    assert curves["learning_rate"] == [(step, 0.5) for step in (3, 6, 9)]


def test_dev_curves_have_a_point_an_epoch_at_its_last_step(tmp_path: Path) -> None:
    train(tmp_path, 1, 11)
    assert read(tmp_path / "dev") == {"loss": [(5, 50.0), (10, 100.0)], "accuracy": [(5, 0.75), (10, 0.75)]}


def test_speed_counts_rows_since_the_last_point_and_no_time_on_dev(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("bert_keras.training.tensorboard_scalars.time.perf_counter", lambda: clock.now)
    scalars = TensorBoardScalars(tmp_path, every=2)
    optimizer = SimpleNamespace(iterations=0, learning_rate=0.5)
    scalars.set_model(SimpleNamespace(optimizer=optimizer))
    for epoch in range(2):
        scalars.on_epoch_begin(epoch)
        for _ in range(2):
            optimizer.iterations += 1
            clock.now += 0.5
            scalars.on_train_batch_end(0, {"rows": 8 * (epoch + 1), "tokens": 100})
        clock.now += 100  # on dev
    curves = read(tmp_path / "train")
    assert curves["examples_per_second"] == [(2, 16.0), (4, 32.0)]
    assert curves["tokens_per_second"] == [(2, 200.0), (4, 200.0)]


@pytest.mark.parametrize("checkpoint", [0, 5, 6, 7, 8])
def test_a_resumed_training_has_every_point_once(tmp_path: Path, checkpoint: int) -> None:
    train(tmp_path, 1, 9)
    train(tmp_path, checkpoint + 1, 16)
    for curves in (read(tmp_path / "train"), read_as_pairs(tmp_path / "train")):
        assert curves["loss"] == [(step, pytest.approx(1 / step)) for step in range(2, 17, 2)]
    for curves in (read(tmp_path / "dev"), read_as_pairs(tmp_path / "dev")):
        assert curves["loss"] == [(5, 50.0), (10, 100.0), (15, 150.0)]


def read_as_pairs(folder: Path) -> Curves:
    return {tag: list(zip(curve.steps, curve.values, strict=True)) for tag, curve in read_scalars(folder).items()}


def test_a_file_that_was_cut_off_in_a_point_is_read_to_that_point(tmp_path: Path) -> None:
    train(tmp_path, 1, 8)
    (file,) = (tmp_path / "train").iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    assert read_scalars(tmp_path / "train")["loss"].steps == [2, 4, 6]
    train(tmp_path, 7, 12)
    assert read_scalars(tmp_path / "train")["loss"].steps == [2, 4, 6, 8, 10, 12]


def test_keras_own_fit_is_written_as_well(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input([3]), keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.ones([10, 3], np.float32), np.arange(10) % 2
    for _ in range(2):  # the optimizer counts on over calls
        model.fit(
            x, y, 2, epochs=1, validation_data=(x, y), verbose=0, callbacks=[TensorBoardScalars(tmp_path, every=2)]
        )
    assert read(tmp_path / "train").keys() == {"loss", "accuracy", "learning_rate"}
    assert [step for step, _ in read(tmp_path / "train")["loss"]] == [2, 4, 6, 8, 10]
    assert [step for step, _ in read(tmp_path / "dev")["accuracy"]] == [5, 10]
    assert read(tmp_path / "train")["learning_rate"][0] == (2, 0.25)


def test_a_training_without_dev_has_no_dev_curves(tmp_path: Path) -> None:
    scalars = TensorBoardScalars(tmp_path, every=1)
    scalars.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=1, learning_rate=0.5)))
    scalars.on_epoch_begin(0)
    scalars.on_train_batch_end(0, {"loss": 2.0})
    scalars.on_epoch_end(0, {"loss": 2.0})
    assert read(tmp_path / "train") == {"learning_rate": [(1, 0.5)], "loss": [(1, 2.0)]}
    assert not (tmp_path / "dev").exists()


def test_a_disk_that_takes_nothing_is_told_with_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        TrainingError, match=r"file/train: the events for TensorBoard cannot be written \(Not a directory\)"
    ):
        EventWriter(tmp_path / "file" / "train").scalars(1, {"loss": 1.0})


def test_a_full_disk_is_told_as_well() -> None:
    writer = EventWriter("tensorboard")
    writer._path = Path("/dev/full")
    with pytest.raises(TrainingError, match="No space left on device"):
        writer.scalars(1, {"loss": 1.0})
