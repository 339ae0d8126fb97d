import dataclasses
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_data import tiny_data

from bert_keras import evaluation
from bert_keras.classification import Calibration
from bert_keras.errors import BertKerasError, TrainingError
from bert_keras.models import TextClassifier
from bert_keras.training.few_shot import few_shot, few_shot_recipe
from bert_keras.training.fine_tune import Outcome, fine_tune
from bert_keras.training.optimizer import LinearWarmupDecay
from bert_keras.training.predict import predict_outputs
from bert_keras.training.recipe import Recipe
from bert_keras.training.step import TrainingStep

LEARNER = {"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "intermediate_dim": 32, "initializer_range": 0.1}
RECIPE = Recipe(epochs=6, batch_size=8, learning_rate=3e-3, seed=3)

BuildClassifier = Callable[..., TextClassifier]


class Seen(keras.callbacks.Callback):
    """Notes all that a callback is told."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self.epochs: list[dict[str, Any]] = []
        self.places: list[int] = []
        self.others: list[str] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.others.append("train begins")

    def on_train_end(self, logs: Any = None) -> None:
        self.others.append("train ends")

    def on_test_begin(self, logs: Any = None) -> None:
        self.others.append("test begins")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.places.append(batch)
        self.steps.append(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append(logs)


@pytest.fixture(scope="module")
def learned(build_classifier: BuildClassifier) -> tuple[TextClassifier, Outcome, Seen]:
    classifier, seen, gradients = build_classifier(backbone=LEARNER), Seen(), TrainingStep._gradients
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingStep, "_gradients", lambda *given: [seen.others.append("traced"), gradients(*given)][1])
        return classifier, fine_tune(classifier, tiny_data(160, 0), tiny_data(60, 1), RECIPE, [seen]), seen


def test_a_task_that_one_word_decides_is_learned(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    classifier, outcome, _ = learned
    assert outcome.history["val_accuracy"][-1] == 1.0
    other = tiny_data(60, 2)
    assert (predict_outputs(classifier, other).argmax(axis=1) == other.targets).all()


def test_the_outcome_tells_what_was_done(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    outcome = learned[1]
    assert outcome.steps == 6 * 160 // 8
    assert outcome.examples_per_second == pytest.approx(6 * 160 / outcome.seconds)
    assert outcome.history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(values) for values in outcome.history.values()} == {6}
    assert outcome.history["loss"][-1] < outcome.history["loss"][0] / 2
    assert outcome.best_epoch is not None and outcome.stop_metric == "accuracy"


def test_callbacks_are_told_each_step_and_each_epoch(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    _, outcome, seen = learned
    assert seen.places == list(range(20)) * 6
    # Lengths differ from step to step, and are not traced anew.
    assert seen.others == ["train begins", "traced", *["test begins"] * 6, "train ends"]
    assert seen.epochs == [{name: values[epoch] for name, values in outcome.history.items()} for epoch in range(6)]
    for logs in seen.steps:
        assert logs.keys() == {"loss", "accuracy", "gradient_norm", "learning_rate", "rows", "tokens"}
    assert sum(logs["rows"] for logs in seen.steps[:20]) == 160
    assert sum(logs["tokens"] for logs in seen.steps[:20]) == tiny_data(160, 0).lengths.sum()


def test_an_epochs_figures_are_means_over_its_rows(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    _, outcome, seen = learned
    for name in ("loss", "accuracy"):
        assert outcome.history[name][0] == pytest.approx(np.mean([logs[name] for logs in seen.steps[:20]]))


def test_dev_is_scored_with_the_weights_of_the_epochs_end(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    classifier, outcome, _ = learned
    dev = tiny_data(60, 1)
    scores = evaluation.scores("single_label", dev.targets, predict_outputs(classifier, dev), classifier.labels)
    assert outcome.history["val_loss"][-1] == pytest.approx(scores["loss"])


def test_each_step_tells_the_rate_that_it_was_made_with(learned: tuple[TextClassifier, Outcome, Seen]) -> None:
    schedule = LinearWarmupDecay(3e-3, 12, 120)
    rates = [float(schedule(step)) for step in range(120)]
    assert [logs["learning_rate"] for logs in learned[2].steps] == pytest.approx(rates)
    assert float(learned[0].optimizer.learning_rate) == 0.0


def test_several_labels_are_learned(build_classifier: BuildClassifier) -> None:
    classifier = build_classifier(backbone=LEARNER, labels=["bad", "good", "either"], task="multi_label")
    outcome = fine_tune(classifier, tiny_data(120, 0, "multi_label"), tiny_data(40, 1, "multi_label"), RECIPE)
    assert outcome.history.keys() == {"loss", "micro_f1", "val_loss", "val_micro_f1"}
    assert outcome.history["val_micro_f1"][-1] > 0.95
    assert outcome.history["micro_f1"][-1] > outcome.history["micro_f1"][0]


def test_numbers_are_learned(build_classifier: BuildClassifier) -> None:
    classifier = build_classifier(backbone=LEARNER, labels=[], task="regression")
    outcome = fine_tune(classifier, tiny_data(120, 0, "regression"), tiny_data(40, 1, "regression"), RECIPE)
    assert outcome.history.keys() == {"loss", "mae", "val_loss", "val_mae"}
    assert outcome.history["val_mae"][-1] < 0.3  # of 1 and -1; the mean is off by 0.89
    assert outcome.history["mae"][-1] < outcome.history["mae"][0]


def test_the_seed_alone_decides_what_is_learned_from_a_start(build_classifier: BuildClassifier, eagerly: None) -> None:
    start, rows = build_classifier(backbone=LEARNER), tiny_data(16, 0)

    def weights(built_under: int, seed: int) -> list[np.ndarray]:
        classifier = build_classifier(backbone=LEARNER | {"seed": built_under})
        classifier.set_weights(start.get_weights())
        fine_tune(classifier, rows, None, Recipe(1, 8, 3e-3, seed=seed))
        return classifier.get_weights()

    # Layers draw seeds for their dropout when they are built: that must not matter.
    first, again, other = weights(1, seed=3), weights(2, seed=3), weights(1, seed=4)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not any(np.array_equal(one, two) for one, two in zip(first, other, strict=True) if one.ndim == 2)


def test_a_model_in_bfloat16_keeps_its_weights_in_float32_and_learns(
    build_classifier: BuildClassifier, eagerly: None
) -> None:
    classifier, rows = build_classifier(backbone=LEARNER | {"dtype": "mixed_bfloat16"}), tiny_data(32, 0)
    outcome = fine_tune(classifier, rows, None, Recipe(3, 8, 3e-3))
    assert outcome.history.keys() == {"loss", "accuracy"}
    assert outcome.history["loss"][-1] < outcome.history["loss"][0]
    assert {variable.dtype for variable in classifier.trainable_variables} == {"float32"}
    assert predict_outputs(classifier, rows).dtype == np.float32


def test_a_loss_that_is_no_number_stops_with_the_step_named(build_classifier: BuildClassifier, eagerly: None) -> None:
    class Break(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                self.model.output_dense.bias.assign([np.nan, 0])

    with pytest.raises(TrainingError) as error:
        fine_tune(build_classifier(backbone=LEARNER), tiny_data(32, 0), None, Recipe(2, 8, 1e-3), [Break()])
    assert str(error.value) == (
        "epoch 1, step 3 of 4: the loss is nan, the norm of its gradients nan, at a learning rate of 0.00086. Try a "
        "lower learning rate, a longer warm-up, or float32 if it is bfloat16"
    )


def test_keras_own_callbacks_work(build_classifier: BuildClassifier, tmp_path: Path, eagerly: None) -> None:
    own = [
        keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
        keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=100, patience=1, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.weights.h5"), save_weights_only=True),
    ]
    outcome = fine_tune(build_classifier(backbone=LEARNER), tiny_data(8, 0), tiny_data(9, 1), Recipe(5, 8), own)
    assert len(outcome.history["loss"]) == 2
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"log.csv", "1.weights.h5", "2.weights.h5"}


def test_a_callback_can_end_the_training(build_classifier: BuildClassifier, eagerly: None) -> None:
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 1

    outcome = fine_tune(build_classifier(backbone=LEARNER), tiny_data(32, 0), tiny_data(9, 1), Recipe(3, 8), [Stop()])
    assert outcome.steps == 2
    assert {len(values) for values in outcome.history.values()} == {1}
    assert outcome.examples_per_second == pytest.approx(16 / outcome.seconds)


def test_the_best_epochs_weights_are_the_models_and_a_training_that_grows_worse_ends(
    build_classifier: BuildClassifier,
) -> None:
    class Keep(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            kept.append(self.model.get_weights())

    kept: list[list[np.ndarray]] = []
    dev = tiny_data(30, 1)
    wrong = dataclasses.replace(dev, targets=1 - dev.targets)  # the more is learned, the worse
    classifier = build_classifier(backbone=LEARNER)
    recipe = dataclasses.replace(RECIPE, epochs=8, patience=2, stop_metric="loss")
    outcome = fine_tune(classifier, tiny_data(80, 0), wrong, recipe, [Keep()])
    values = outcome.history["val_loss"]
    assert outcome.best_epoch == int(np.argmin(values)) < len(values) - 1
    assert len(values) == outcome.best_epoch + 3 < 8
    for mine, best, last in zip(classifier.get_weights(), kept[outcome.best_epoch], kept[-1], strict=True):
        np.testing.assert_array_equal(mine, best)
        assert not np.array_equal(mine, last)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_without_patience_all_epochs_are_trained_and_the_best_is_kept_unless_the_last_is_asked_for(
    build_classifier: BuildClassifier, keep: Any
) -> None:
    class Keep(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            kept.append(self.model.get_weights())

    kept: list[list[np.ndarray]] = []
    dev = tiny_data(30, 1)
    wrong = dataclasses.replace(dev, targets=1 - dev.targets)  # the more is learned, the worse
    classifier = build_classifier(backbone=LEARNER, calibration=Calibration(9, 2.0))
    recipe = dataclasses.replace(RECIPE, epochs=3, keep=keep, stop_metric="loss")
    outcome = fine_tune(classifier, tiny_data(80, 0), wrong, recipe, [Keep()])
    best = int(np.argmin(outcome.history["val_loss"]))
    assert best < 2 and len(kept) == 3
    assert (outcome.best_epoch, outcome.stop_metric) == ((best, "loss") if keep == "best" else (None, None))
    for mine, wanted in zip(classifier.get_weights(), kept[best if keep == "best" else 2], strict=True):
        np.testing.assert_array_equal(mine, wanted)
    assert classifier.calibration is None  # it was of other weights


def test_the_metric_that_decides_is_measured_and_told(build_classifier: BuildClassifier, eagerly: None) -> None:
    recipe = Recipe(1, 8, patience=1, stop_metric="macro_f1")
    outputs: list[np.ndarray] = []
    classifier, dev = build_classifier(backbone=LEARNER), tiny_data(9, 1)
    outcome = fine_tune(classifier, tiny_data(8, 0), dev, recipe, on_dev=outputs.append)
    assert outcome.history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1"}
    (told,) = outputs
    np.testing.assert_array_equal(told, predict_outputs(classifier, dev))


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (Recipe(stop_metric="f1"), "stop_metric must be one of accuracy, loss, macro_f1, .* Received: 'f1'"),
        (Recipe(stop_metric="pearson"), "Received: 'pearson'"),
        (Recipe(patience=2), "no dev rows"),
        (Recipe(trainable="top-3"), "the model has 1 layers; trainable can be top-0 to top-1. Received: 'top-3'"),
        (Recipe(class_weights={"fair": 2.0}), "fair"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_before_anything_is_trained(
    build_classifier: BuildClassifier, recipe: Recipe, message: str
) -> None:
    classifier, seen = build_classifier(backbone=LEARNER), Seen()
    before = classifier.get_weights()
    with pytest.raises(BertKerasError, match=message):
        fine_tune(classifier, tiny_data(8, 0), None, recipe, [seen])
    assert seen.others == []
    for one, other in zip(classifier.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert all(layer.trainable for layer in classifier._flatten_layers())


def test_a_training_in_another_thread_leaves_signals_alone(build_classifier: BuildClassifier, eagerly: None) -> None:

    outcomes: list[Outcome] = []
    classifier = build_classifier(backbone=LEARNER)
    thread = threading.Thread(
        target=lambda: outcomes.append(fine_tune(classifier, tiny_data(8, 0), None, Recipe(1, 8)))
    )
    thread.start()
    thread.join()
    assert outcomes[0].steps == 1


def test_a_pass_that_the_memory_does_not_hold_is_told_with_what_to_do(
    build_classifier: BuildClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(TrainingStep, "__call__", full)
    with pytest.raises(
        TrainingError, match=r"step 1 of 2: .* a pass of 8 rows of (\d+) tokens; give --token_budget "
    ) as told:
        fine_tune(build_classifier(), tiny_data(16, 0), None, RECIPE)
    width, budget = (
        int(number) for number in re.findall(r"of (\d+) tokens; give --token_budget (\d+)", str(told.value))[0]
    )
    assert budget == 8 * width // 2


def test_determinism_is_asked_for_before_anything_is_computed(
    build_classifier: BuildClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AskedFor(Exception):
        pass

    def ask() -> None:
        raise AskedFor

    classifier, rows, recipe = build_classifier(), tiny_data(16, 0), dataclasses.replace(RECIPE, deterministic=True)
    for module in (sys.modules[fine_tune.__module__], sys.modules[few_shot.__module__]):
        monkeypatch.setattr(module, "compute_deterministically", ask)
    with pytest.raises(AskedFor):
        fine_tune(classifier, rows, None, recipe)
    with pytest.raises(AskedFor):
        few_shot(classifier, rows, None, few_shot_recipe(rows, recipe))
