import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tiny_data import TinyData, tiny_data

from bert_keras.errors import DataError, TrainingInterrupted
from bert_keras.models import TextClassifier
from bert_keras.training import Checkpoints, Outcome, Recipe, TargetScale, check_training, fine_tune, predict_outputs
from bert_keras.training.target_scale import ScaledHead

LEARNER = {"num_layers": 1, "hidden_dim": 16, "num_heads": 2, "intermediate_dim": 16, "initializer_range": 0.1}
RECIPE = Recipe(epochs=2, batch_size=8, learning_rate=3e-3, seed=3)

Build = Callable[..., TextClassifier]


def numbers(targets: np.ndarray, data: TinyData | None = None) -> TinyData:
    """Rows with these numbers for targets."""
    data = tiny_data(len(targets), 0, "regression") if data is None else data
    return dataclasses.replace(data, targets=np.asarray(targets, np.float32), fingerprint=f"{np.asarray(targets)}")


def in_unit(data: TinyData, factor: float, shift: float) -> TinyData:
    """The same rows in another unit."""
    return numbers(data.targets.astype(np.float64) * factor + shift, data)


@pytest.fixture
def regression(build_classifier: Build) -> Callable[..., TextClassifier]:
    """Builds a regression model, each time with the same weights."""
    return lambda **settings: build_classifier(backbone=LEARNER | settings, labels=[], task="regression")


class Noted(keras.callbacks.Callback):
    """Notes what the model says whenever it is called."""

    def __init__(self, rows: TinyData) -> None:
        super().__init__()
        self._rows = rows
        self.said: list[tuple[str, np.ndarray]] = []

    def _note(self, when: str) -> None:
        self.said.append((when, predict_outputs(self.model, self._rows)))  # type: ignore[arg-type]

    def on_train_begin(self, logs: Any = None) -> None:
        self._note("train begins")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._note(f"epoch {epoch}")

    def on_train_end(self, logs: Any = None) -> None:
        self._note("train ends")


def test_the_scale_is_the_mean_and_the_population_deviation() -> None:
    scale = TargetScale.of(numbers(np.array([1, 2, 3, 6])))  # type: ignore[arg-type]
    assert scale.mean == 3.0
    assert scale.deviation == pytest.approx(np.sqrt((4 + 1 + 0 + 9) / 4))
    np.testing.assert_allclose(scale.standardised(np.array([3, 3 + scale.deviation])), [0, 1], atol=1e-6)


def test_a_folded_layer_gives_the_standardised_numbers_times_the_deviation_plus_the_mean(
    regression: Callable[..., TextClassifier],
) -> None:
    model, rows, scale = regression(), tiny_data(20, 0, "regression"), TargetScale(77_000.0, 30_500.0)
    model.output_dense.set_weights([weight + 0.1 for weight in model.output_dense.get_weights()])
    standardised = predict_outputs(model, rows)  # type: ignore[arg-type]
    model.output_dense.set_weights(scale.folded(model.output_dense.get_weights()))
    np.testing.assert_allclose(
        predict_outputs(model, rows),  # type: ignore[arg-type]
        standardised.astype(np.float64) * 30_500 + 77_000,
        rtol=1e-6,
    )


@pytest.mark.parametrize(("factor", "shift"), [(1000, 5e4), (1e5, 1e9), (1e-9, 3e-8)])
def test_numbers_in_any_unit_are_learned_like_standardised_ones(
    factor: float, shift: float, regression: Callable[..., TextClassifier]
) -> None:
    train, dev = tiny_data(48, 0, "regression"), tiny_data(20, 1, "regression")
    scale = TargetScale.of(train)  # type: ignore[arg-type]
    standard = in_unit(train, 1 / scale.deviation, -scale.mean / scale.deviation)
    models, outcomes = [], []
    for data in (standard, in_unit(train, factor, shift)):
        models.append(regression())
        same = in_unit(dev, 1 / scale.deviation, -scale.mean / scale.deviation)
        outcomes.append(fine_tune(models[-1], data, same if data is standard else in_unit(dev, factor, shift), RECIPE))
    plain, scaled = (predict_outputs(model, dev).astype(np.float64) for model in models)  # type: ignore[arg-type]
    unit = factor * scale.deviation
    np.testing.assert_allclose(scaled, plain * unit + scale.mean * factor + shift, atol=2e-3 * unit + 1e-6 * shift)
    for name, power in (("mae", 1), ("val_mae", 1), ("loss", 2), ("val_loss", 2)):
        one, other = (outcome.history[name] for outcome in outcomes)
        assert other == pytest.approx([value * unit**power for value in one], rel=0.01), name


def test_equal_numbers_are_refused_before_anything_is_trained(regression: Callable[..., TextClassifier]) -> None:
    rows = numbers(np.full(8, 0.1))
    for call in (fine_tune, check_training):
        with pytest.raises(DataError) as error:
            call(regression(), rows, None, RECIPE)  # type: ignore[arg-type]
        assert str(error.value) == (
            "tiny.tsv: at least two different numbers are needed to train. Received: 8 rows, all 0.1 in float32"
        )


@pytest.mark.parametrize("targets", [[0, 1e-38], [1e35, -1e35], [2e30, 2.1e30]])
def test_numbers_that_float32_cannot_compute_with_are_refused(targets: list[float]) -> None:
    with pytest.raises(DataError, match=r"tiny\.tsv: numbers whose mean and deviation .* give them in another unit"):
        TargetScale.of(numbers(np.array(targets)))  # type: ignore[arg-type]


def test_callbacks_find_the_model_in_the_targets_unit(regression: Callable[..., TextClassifier], eagerly: None) -> None:
    train = in_unit(tiny_data(16, 0, "regression"), 1000, 5e4)
    dev = in_unit(tiny_data(8, 1, "regression"), 1000, 5e4)
    model, noted = regression(), Noted(dev)
    outcome = fine_tune(model, train, dev, RECIPE, [noted])  # type: ignore[arg-type]
    assert [when for when, _ in noted.said] == ["train begins", "epoch 0", "epoch 1", "train ends"]
    for epoch, (_, said) in enumerate(noted.said[1:3]):
        assert np.abs(said - dev.targets).mean() == pytest.approx(outcome.history["val_mae"][epoch], rel=1e-5)
    assert np.abs(noted.said[0][1] - train.targets.mean()).max() < 1000  # a new layer begins near the mean
    best = int(np.argmin(outcome.history["val_mae"]))  # the epoch whose weights are kept
    np.testing.assert_array_equal(noted.said[1 + best][1], noted.said[3][1])
    np.testing.assert_array_equal(predict_outputs(model, dev), noted.said[3][1])  # type: ignore[arg-type]


def test_the_best_epochs_weights_are_in_the_targets_unit(
    regression: Callable[..., TextClassifier], eagerly: None, tmp_path: Path
) -> None:
    train = in_unit(tiny_data(24, 0, "regression"), 1000, 5e4)
    wrong = in_unit(tiny_data(8, 1, "regression"), -1000, 5e4)  # the more is learned, the worse
    recipe = dataclasses.replace(RECIPE, epochs=6, patience=1, learning_rate=1e-2)
    for checkpoints in (None, Checkpoints(tmp_path)):
        model = regression()
        outcome = fine_tune(model, train, wrong, recipe, checkpoints=checkpoints)  # type: ignore[arg-type]
        errors = outcome.history["val_mae"]
        assert outcome.best_epoch == int(np.argmin(errors)) < len(errors) - 1
        said = predict_outputs(model, wrong)  # type: ignore[arg-type]
        assert np.abs(said - wrong.targets).mean() == pytest.approx(min(errors), rel=1e-4)


def test_an_interrupted_training_of_numbers_goes_on_to_the_same_bits(
    regression: Callable[..., TextClassifier], eagerly: None, tmp_path: Path
) -> None:
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                os.kill(os.getpid(), signal.SIGINT)

    train, dev = (in_unit(tiny_data(count, 0, "regression"), 3e4, 7.7e4) for count in (24, 9))

    def trained(*callbacks: Any, folder: str) -> tuple[TextClassifier, Outcome]:
        model = regression()
        return model, fine_tune(model, train, dev, RECIPE, callbacks, Checkpoints(tmp_path / folder))  # type: ignore[arg-type]

    whole, outcome = trained(folder="whole")
    stopped = regression()
    with pytest.raises(TrainingInterrupted):
        fine_tune(stopped, train, dev, RECIPE, [Interrupt()], Checkpoints(tmp_path / "parts"))  # type: ignore[arg-type]
    assert abs(predict_outputs(stopped, dev).mean() - 7e4) < 5e4  # type: ignore[arg-type]  # in the unit all the same
    for _ in range(2):  # the second time the training is finished, and nothing is left to train
        resumed, again = trained(folder="parts")
        for one, other in zip(whole.variables, resumed.variables, strict=True):
            np.testing.assert_array_equal(one, other)
        assert again.history == outcome.history


def test_a_trained_model_goes_on_from_what_it_knows(regression: Callable[..., TextClassifier], eagerly: None) -> None:
    train = in_unit(tiny_data(24, 0, "regression"), 1000, 5e4)
    model = regression()
    fine_tune(model, train, None, RECIPE)  # type: ignore[arg-type]
    before, noted = predict_outputs(model, train), Noted(train)  # type: ignore[arg-type]
    fine_tune(model, train, None, RECIPE, [noted])  # type: ignore[arg-type]
    np.testing.assert_allclose(noted.said[0][1], before, rtol=1e-5)


def test_a_model_of_another_unit_begins_in_that_of_the_targets(
    regression: Callable[..., TextClassifier], eagerly: None
) -> None:
    small = tiny_data(24, 0, "regression")
    model, large = regression(), in_unit(small, 1000, 5e4)
    fine_tune(model, small, None, RECIPE)  # type: ignore[arg-type]
    before, noted = predict_outputs(model, small), Noted(large)  # type: ignore[arg-type]
    fine_tune(model, large, None, RECIPE, [noted])  # type: ignore[arg-type]
    begun = noted.said[0][1]
    assert begun.mean() == pytest.approx(large.targets.mean(), rel=1e-3)
    assert begun.std() == pytest.approx(large.targets.std(), rel=1e-3)
    np.testing.assert_array_equal(np.argsort(begun), np.argsort(before))


def test_an_error_leaves_the_model_in_the_targets_unit(
    regression: Callable[..., TextClassifier], eagerly: None
) -> None:
    class Fail(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise ValueError("mine")

    train = in_unit(tiny_data(16, 0, "regression"), 10, 5e4)
    model = regression()
    with pytest.raises(ValueError, match="mine"):
        fine_tune(model, train, None, RECIPE, [Fail()])  # type: ignore[arg-type]
    assert predict_outputs(model, train) == pytest.approx(5e4, abs=100)  # type: ignore[arg-type]


def test_weights_that_a_callback_assigns_are_kept_and_all_others_to_the_bit(
    regression: Callable[..., TextClassifier],
) -> None:
    model = regression()
    head = ScaledHead(model, TargetScale(77_000.3, 30_500.7))
    head.standardise()
    before = model.output_dense.get_weights()
    with head.in_unit():
        assert model.output_dense.bias.numpy() == pytest.approx(77_000.3)
    for one, other in zip(before, model.output_dense.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with head.in_unit():
        model.output_dense.bias.assign([77_000.3 + 30_500.7])
    assert model.output_dense.bias.numpy() == pytest.approx(1.0)


@pytest.mark.parametrize("trainable", ["head", "top-1"])
def test_a_part_of_the_weights_learns_in_the_targets_unit(
    trainable: str, regression: Callable[..., TextClassifier], eagerly: None
) -> None:
    train = in_unit(tiny_data(24, 0, "regression"), 1000, 5e4)
    model = regression()
    embeddings = model.backbone.get_weights()[0].copy()
    fine_tune(model, train, None, dataclasses.replace(RECIPE, trainable=trainable))  # type: ignore[arg-type]
    assert np.abs(predict_outputs(model, train) - 5e4).max() < 4000  # type: ignore[arg-type]
    np.testing.assert_array_equal(model.backbone.get_weights()[0], embeddings)


def test_adapters_of_numbers_beyond_half_precision_are_saved_and_loaded_with_their_unit(
    regression: Callable[..., TextClassifier], eagerly: None, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    regression().save_to_preset(str(base))
    model = TextClassifier.from_preset(str(base), dtype="float32")
    model.adapt(str(base), rank=2)
    train = in_unit(tiny_data(24, 0, "regression"), 30, 2e6)
    fine_tune(model, train, None, RECIPE)  # type: ignore[arg-type]
    model.save_to_preset(str(tmp_path / "adapted"))
    loaded = TextClassifier.from_preset(str(tmp_path / "adapted"), dtype="float32")
    said = predict_outputs(model, train)  # type: ignore[arg-type]
    assert np.isfinite(said).all()
    np.testing.assert_allclose(predict_outputs(loaded, train), said, atol=1)  # type: ignore[arg-type]
