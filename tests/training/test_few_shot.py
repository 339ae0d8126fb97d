"""The training on few rows: contrast, its batches, the fitted head, and both together on a tiny encoder."""

import dataclasses
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from bert_keras import TextClassifier, data, training
from bert_keras.errors import InputError, TrainingError, TrainingInterrupted
from bert_keras.models.low_rank import low_rank_of
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.contrast_batches import contrast_batches
from bert_keras.training.few_shot import few_shot, few_shot_recipe
from bert_keras.training.few_shot_calibration import _halves
from bert_keras.training.label_contrast import label_contrast
from bert_keras.training.logistic_head import fit_logistic

Build = Callable[..., TextClassifier]
ROWS = [
    *((f"the film was good {word}", "yes") for word in "abcdea"),
    *((f"bad play was not {word}", "no") for word in "abcde"),
    ("un café", "once"),
]

TO_HALVE = [
    *((f"the film was {word}", "yes") for word in ("good", "a", "b", "c", "d", "e", "not", "the")),
    *((f"bad play {word}", "no") for word in ("not", "a", "b", "c", "d", "e", "good", "was")),
]


def written(folder: Path, rows: list[tuple[str, str]]) -> Path:
    table = folder / "rows.tsv"
    table.write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows), encoding="utf-8")
    return table


def encoded(table: Path, model: TextClassifier) -> data.Encoded:
    source = data.Source(str(table), task=model.task)
    return data.encode(source, model.preprocessor.pack, "few", table.parent).with_labels(list(model.labels))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("few"), ROWS)


def few_classifier(build: Build, **settings: object) -> TextClassifier:
    given = {"labels": ["no", "once", "yes"], "pooling": "unit_mean", "backbone": {"pooler": False}}
    return build(**(given | settings))


def by_hand(targets: np.ndarray, vectors: np.ndarray, temperature: float) -> list[float]:
    """Returns the supervised contrastive loss of each row by its formula, one pair at a time."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = []
    for i in range(len(unit)):
        others = [j for j in range(len(unit)) if j != i]
        total = sum(np.exp(unit[i] @ unit[j] / temperature) for j in others)
        logs = {j: unit[i] @ unit[j] / temperature - np.log(total) for j in others}
        if targets.ndim == 1:
            weights = {j: float(targets[i] == targets[j]) for j in others}
        else:
            either = {j: np.maximum(targets[i], targets[j]).sum() for j in others}
            weights = {j: np.minimum(targets[i], targets[j]).sum() / either[j] if either[j] else 1.0 for j in others}
        whole = sum(weights.values())
        found.append(-sum(weights[j] * logs[j] for j in others) / whole if whole else 0.0)
    return found


@pytest.mark.parametrize(
    "targets",
    [np.array([0, 1, 0, 2, 1, 0], np.int32), np.array([[1, 0], [1, 1], [0, 1], [0, 0], [0, 0], [1, 0]], np.float32)],
)
def test_the_contrast_is_that_of_its_formula(targets: np.ndarray) -> None:
    vectors = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    found = label_contrast(tf.constant(targets), tf.constant(vectors), 0.5)
    np.testing.assert_allclose(found, by_hand(targets, vectors.astype(np.float64), 0.5), rtol=1e-5)


def test_every_row_is_in_each_pass_once_and_labels_meet() -> None:
    targets = np.repeat(np.arange(20), 4).astype(np.int32)
    batches = contrast_batches(targets, 16, passes=3, seed=1)
    assert len(batches) == 15 and max(map(len, batches)) <= 16
    for first in range(0, 15, 5):
        assert sorted(np.concatenate(batches[first : first + 5])) == list(range(80))
    alone = sum(int((np.bincount(targets[rows]) == 1).sum()) for rows in batches)
    assert alone < 0.1 * 240
    assert not np.array_equal(batches[0], batches[5])
    np.testing.assert_array_equal(batches[7], contrast_batches(targets, 16, passes=3, seed=1)[7])
    assert [len(rows) for rows in contrast_batches(targets[:9], 16, passes=2, seed=0)] == [9, 9]


@pytest.mark.parametrize("several", [False, True])
def test_the_head_is_the_optimum_of_the_penalised_cross_entropy(several: bool) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(30, 4)) * 7
    targets = (random.random((30, 3)) < 0.4).astype(np.float32) if several else random.integers(0, 3, 30)
    kernel, bias = fit_logistic(x, targets, 3)
    scale = np.sqrt((x**2).sum(axis=1).mean())

    def loss(parameters: np.ndarray) -> float:
        weights, shift = parameters[:12].reshape(4, 3), parameters[12:]
        z = x / scale @ weights + shift
        if several:
            errors = tf.nn.sigmoid_cross_entropy_with_logits(targets.astype(np.float64), z)
        else:
            errors = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, z)
        return float(tf.reduce_sum(errors)) + 0.5 * float((weights**2).sum())

    found = np.concatenate([(kernel * scale).ravel(), bias]).astype(np.float64)
    np.testing.assert_allclose(optimize.approx_fprime(found, loss, 1e-6), 0, atol=2e-3)


def test_a_label_of_all_rows_or_of_none_has_a_finite_bias() -> None:
    targets = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 1]], np.float32)
    kernel, bias = fit_logistic(np.eye(3), targets, 3)
    assert np.isfinite(kernel).all() and bias[0] > 3 and bias[1] < -3 and abs(bias[2]) < 3


def test_vectors_that_are_not_finite_are_refused() -> None:
    with pytest.raises(TrainingError, match="vectors of the training rows are not finite"):
        fit_logistic(np.array([[np.nan], [1.0]]), np.array([0, 1]), 2)


def test_few_rows_are_learned_and_a_seed_decides_everything(build_classifier: Build, table: Path) -> None:
    classifier = few_classifier(build_classifier)
    start = classifier.backbone.get_weights()
    rows = encoded(table, classifier)
    recipe = dataclasses.replace(few_shot_recipe(rows, training.Recipe()), learning_rate=1e-3)
    assert (recipe.batch_size, recipe.epochs) == (12, 20)
    outcome = few_shot(classifier, rows, rows, recipe)
    assert outcome.steps == 20 and list(outcome.history) == ["loss", "val_loss", "val_accuracy"]
    of_two = [(text, label) for text, label in ROWS if label != "once"]
    assert [answer.label for answer in classifier.classify([text for text, _ in of_two])] == [of for _, of in of_two]
    assert any(not np.array_equal(*pair) for pair in zip(start, classifier.backbone.get_weights(), strict=True))
    again = few_classifier(build_classifier)
    few_shot(again, encoded(table, again), None, recipe)
    np.testing.assert_array_equal(again.output_dense.get_weights()[0], classifier.output_dense.get_weights()[0])


def test_trainable_head_leaves_the_encoder_as_it_is(build_classifier: Build, table: Path) -> None:
    classifier = few_classifier(build_classifier)
    start = classifier.backbone.get_weights()
    rows = encoded(table, classifier)
    outcome = few_shot(classifier, rows, None, few_shot_recipe(rows, training.Recipe(trainable="head")))
    assert outcome.steps == 0
    for before, after in zip(start, classifier.backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert classifier.classify(["the film was good a"])[0].label == "yes"


def test_a_regression_is_refused(build_classifier: Build, table: Path) -> None:
    classifier = few_classifier(build_classifier, labels=[], task="regression")
    with pytest.raises(InputError, match=r"a regression has numbers.*Received: task regression"):
        few_shot(classifier, None, None, training.Recipe())  # type: ignore[arg-type]


def test_a_wish_to_stop_ends_the_contrast_after_a_step(build_classifier: Build, table: Path) -> None:
    classifier = few_classifier(build_classifier)
    rows = encoded(table, classifier)
    seen: list[int] = []

    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            seen.append(batch)
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(TrainingInterrupted, match="stopped at step 1 of 20 of the contrast; nothing was saved, for"):
        few_shot(classifier, rows, None, few_shot_recipe(rows, training.Recipe()), [Stops()])
    assert seen == [0]


def test_several_labels_a_row_are_learned_by_adapters_alone(build_classifier: Build, tmp_path: Path) -> None:
    preset = str(tmp_path / "base")
    few_classifier(build_classifier, task="multi_label", labels=["bad", "good"]).save_to_preset(preset)
    classifier = TextClassifier.from_preset(preset)
    classifier.adapt(preset, rank=2)
    several = [("the film was good", "good"), ("good play", "good"), ("bad play", "bad"), ("not good bad", "bad|good")]
    rows = encoded(written(tmp_path, [*several, ("bad bad film", "bad"), ("bad good a", "bad|good")]), classifier)
    start = classifier.backbone.token_embedding.embeddings.numpy()
    few_shot(classifier, rows, None, few_shot_recipe(rows, training.Recipe(learning_rate=1e-2)))
    np.testing.assert_array_equal(classifier.backbone.token_embedding.embeddings.numpy(), start)
    assert any(np.abs(part.up.numpy()).max() > 0 for part in low_rank_of(classifier.backbone).values())
    classifier.save_to_preset(str(tmp_path / "adapter"))
    loaded = TextClassifier.from_preset(str(tmp_path / "adapter"))
    texts = [text for text, _ in several]
    for one, other in zip(classifier.classify(texts), loaded.classify(texts), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=5e-3)  # kept in half precision


def test_the_temperature_is_that_of_rows_that_a_training_on_the_others_has_not_seen(
    build_classifier: Build, tmp_path: Path
) -> None:
    start, again = (few_classifier(build_classifier, labels=["no", "yes"]) for _ in range(2))
    again.set_weights(start.get_weights())
    train = encoded(written(tmp_path, TO_HALVE), start)
    recipe = few_shot_recipe(train, training.Recipe(seed=3))
    found = training.few_shot_calibration(start, train, recipe)
    learned, held_out = _halves(train, 3)
    assert found is not None and found.rows == len(held_out) == 8

    few_shot(again, data.subset(train, learned), None, dataclasses.replace(recipe, batch_size=8), penalty=0.5)
    logits = training.predict_logits(again, data.subset(train, held_out)).astype(np.float64)
    wanted = 0.9 * np.eye(2)[train.targets[held_out]] + 0.1 / 2  # one part in eight rows and two
    losses = {}
    for temperature in np.geomspace(0.02, 50, 4000):
        scaled = logits / temperature
        losses[temperature] = np.sum(wanted * (np.logaddexp.reduce(scaled, axis=1, keepdims=True) - scaled))
    assert found.temperature == pytest.approx(min(losses, key=losses.__getitem__), rel=0.01)


class StoppedCalibration(Checkpoints):
    """Writes no checkpoint while all is well, and asks for an end after the first step of a calibration."""

    asked: ClassVar[Counter[str]] = Counter()

    def due(self) -> bool:
        self.asked[self.folder.name] += 1
        if self.folder.name == "part-calibration" and self.asked[self.folder.name] == 1:
            signal.raise_signal(signal.SIGTERM)
        return False


def test_a_calibration_that_is_stopped_goes_on_and_so_does_the_training_before_it(
    build_classifier: Build, tmp_path: Path, eagerly: None
) -> None:
    models = [few_classifier(build_classifier, labels=["no", "yes"]) for _ in range(2)]
    train, starts = encoded(written(tmp_path, TO_HALVE), models[0]), [model.get_weights() for model in models]
    recipe = dataclasses.replace(few_shot_recipe(train, training.Recipe(learning_rate=1e-3, seed=3)), epochs=3)

    def run(kind: type[Checkpoints], folder: Path) -> list[np.ndarray]:
        for model, start in zip(models, starts, strict=True):
            model.set_weights(start)
        checkpoints = kind(folder)
        few_shot(models[0], train, None, recipe, (), checkpoints)
        training.few_shot_calibration(models[1], train, recipe, None, checkpoints.part("calibration"))
        return [weight for model in models for weight in model.get_weights()]

    whole = run(Checkpoints, tmp_path / "whole")
    assert not list((tmp_path / "whole").rglob("*.safetensors"))  # it was too short for any
    where = tmp_path / "stopped"
    with pytest.raises(TrainingInterrupted, match=rf"stopped at step 2 of 3 .*saved in {where}/part-calibration; the"):
        run(StoppedCalibration, where)
    assert (where / "state.safetensors").exists()
    asked = StoppedCalibration.asked.copy()
    assert asked == {"stopped": 3, "part-calibration": 1}  # between the steps, and at the end
    for one, other in zip(whole, run(StoppedCalibration, where), strict=True):
        np.testing.assert_array_equal(one, other)
    assert StoppedCalibration.asked == asked  # one step was left, of the calibration


def test_each_label_keeps_half_of_its_rows_to_learn_from_and_two_at_least(build_classifier: Build, table: Path) -> None:
    model = few_classifier(build_classifier)
    train = encoded(table, model)
    learned, held_out = _halves(train, 0)
    assert sorted([*learned, *held_out]) == list(range(len(train)))
    assert np.bincount(train.targets[learned]).tolist() == [3, 1, 3]  # of five, one and six
    assert training.few_shot_calibration(model, train, few_shot_recipe(train, training.Recipe())) is None  # five left
