from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from bert_keras.data import Encoded
from bert_keras.models import TextClassifier
from bert_keras.training import LinearWarmupDecay, Outcome, Recipe, TensorBoardScalars, fine_tune

Curves = dict[str, dict[int, float]]


def read(folder: Path) -> Curves:
    """The scalars of a folder's event files, value by step, by tag."""
    events = EventAccumulator(str(folder))
    events.Reload()
    tags = events.Tags()["tensors"]
    return {tag: {event.step: float(make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)} for tag in tags}


@pytest.fixture(scope="module")
def training(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A training of two epochs of five steps, written every second step."""
    folder = tmp_path_factory.mktemp("tensorboard")
    rows = Encoded(
        np.tile(np.array([2, 5, 3], np.int32), 10), np.zeros(30, np.int32), np.full(10, 3), np.arange(10, dtype=np.int32) % 2
    )
    outcome = fine_tune(build_classifier(), rows, rows, Recipe(epochs=2, batch_size=2), [TensorBoardScalars(folder, every=2)])
    return folder, outcome


def test_training_curves_go_on_over_the_epochs(training: tuple[Path, Outcome]) -> None:
    curves = read(training[0] / "train")
    assert curves.keys() == {"loss", "accuracy", "learning_rate"}
    for curve in curves.values():
        assert list(curve) == [2, 4, 6, 8, 10]


def test_dev_curves_have_a_point_an_epoch_at_its_last_step(training: tuple[Path, Outcome]) -> None:
    folder, outcome = training
    curves = read(folder / "dev")
    assert curves.keys() == {"loss", "accuracy"}
    assert list(curves["loss"]) == list(curves["accuracy"]) == [5, 10]
    assert list(curves["loss"].values()) == pytest.approx(outcome.history["val_loss"])


def test_training_values_at_an_epochs_end_are_its_means(training: tuple[Path, Outcome]) -> None:
    folder, outcome = training
    curves = read(folder / "train")
    assert curves["loss"][10] == pytest.approx(outcome.history["loss"][1], rel=1e-5)
    assert curves["accuracy"][10] == pytest.approx(outcome.history["accuracy"][1], rel=1e-5)


def test_the_learning_rate_is_the_schedules(training: tuple[Path, Outcome]) -> None:
    schedule = LinearWarmupDecay(5e-5, 1, 10)
    rates = read(training[0] / "train")["learning_rate"]
    assert rates == {step: pytest.approx(float(schedule(step))) for step in (2, 4, 6, 8, 10)}


def test_a_training_without_dev_has_no_dev_curves(training: tuple[Path, Outcome], tmp_path: Path) -> None:
    scalars = TensorBoardScalars(tmp_path, every=1)
    scalars.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.5)))
    scalars.on_train_batch_end(0, {"loss": 2.0})
    scalars.on_epoch_end(0, {"loss": 2.0})
    scalars.on_train_end()
    assert read(tmp_path / "train") == {"loss": {1: 2.0}, "learning_rate": {1: 0.5}}
    assert read(tmp_path / "dev") == {}
