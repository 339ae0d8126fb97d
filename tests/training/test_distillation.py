import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_data import tiny_data

from bert_keras.data import TaughtRows
from bert_keras.errors import InputError, TrainingInterrupted
from bert_keras.models import TextClassifier, with_layers
from bert_keras.models.first_token_states import logits_and_states
from bert_keras.training import Checkpoints, DistillationRecipe, fine_tune, predict_logits, teacher_outputs
from bert_keras.training.distillation_losses import distillation_loss, logits_loss, states_difference, taught_targets
from bert_keras.training.losses import loss_for
from bert_keras.training.objective import DistillationObjective

Build = Callable[..., TextClassifier]
RANDOM = np.random.default_rng(0)
OF_TEACHER, LOGITS = RANDOM.normal(0, 2, [2, 4, 3]).astype(np.float32)
ITS_STATES, STATES = RANDOM.normal(0, 1, [2, 4, 2, 5]).astype(np.float32)
LABELLED = np.array([1, 1, 0, 1], np.float32)
LABELS = {
    "single_label": np.array([[0], [2], [0], [1]], np.float32),
    "multi_label": np.array([[1, 0, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1]], np.float32),
    "regression": np.array([[0.5], [-2], [0], [1]], np.float32),
}
RECIPE = DistillationRecipe(temperature=3.0, teacher_weight=0.7, states_weight=0.4)


# === Loss ===


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def by_formula(task: str) -> np.ndarray:
    """The losses of the rows, each written out in float64."""
    losses = []
    for row in range(4):
        teacher, student = (logits[row].astype(np.float64) for logits in (OF_TEACHER, LOGITS))
        label = LABELS[task][row].astype(np.float64)
        if task == "single_label":
            of_label = -np.log(softmax(student)[int(label[0])])
            p, q = softmax(teacher / 3), softmax(student / 3)
            of_teacher = 9 * sum(p[k] * np.log(p[k] / q[k]) for k in range(3))
        elif task == "multi_label":
            y = sigmoid(student)
            of_label = -np.mean(label * np.log(y) + (1 - label) * np.log(1 - y))
            p, q = sigmoid(teacher / 3), sigmoid(student / 3)
            of_teacher = 9 * np.mean(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
        else:
            of_label, of_teacher = (student[0] - label[0]) ** 2, (student[0] - teacher[0]) ** 2
        apart = 0.0
        for layer in range(2):
            t, s = (states[row, layer].astype(np.float64) for states in (ITS_STATES, STATES))
            apart += ((t / np.sqrt(t @ t) - s / np.sqrt(s @ s)) ** 2).sum() / 2
        losses.append(0.3 * LABELLED[row] * of_label + 0.7 * of_teacher + 0.4 * apart)
    return np.array(losses)


@pytest.mark.parametrize("task", ["single_label", "multi_label", "regression"])
def test_the_loss_is_what_the_formula_says(task: Any) -> None:
    outputs = 1 if task == "regression" else 3
    targets = np.concatenate(
        [LABELS[task], LABELLED[:, np.newaxis], OF_TEACHER[:, :outputs], ITS_STATES.reshape(4, -1)], axis=1
    )
    parts = taught_targets(tf.constant(targets), task, outputs, 2)
    losses = distillation_loss(task, loss_for(task), RECIPE)(parts, (LOGITS[:, :outputs], tf.constant(STATES)))
    assert losses.dtype == tf.float32
    np.testing.assert_allclose(losses, by_formula(task), rtol=1e-5)


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_equal_logits_lose_nothing_and_teach_nothing(task: Any) -> None:
    logits = tf.Variable(OF_TEACHER)
    with tf.GradientTape() as tape:
        losses = logits_loss(task, OF_TEACHER, logits, 2.0)
    np.testing.assert_allclose(losses, 0, atol=1e-6)
    np.testing.assert_allclose(tape.gradient(losses, logits), 0, atol=1e-6)


def test_the_size_of_the_gradients_does_not_depend_on_the_temperature() -> None:
    sizes = []
    for temperature in (10.0, 100.0):
        logits = tf.Variable(LOGITS)
        with tf.GradientTape() as tape:
            losses = logits_loss("single_label", OF_TEACHER, logits, temperature)
        sizes.append(np.linalg.norm(tape.gradient(losses, logits)))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


def test_states_of_one_direction_are_equal_and_without_layers_there_is_no_difference() -> None:
    states = tf.constant(STATES)
    np.testing.assert_allclose(states_difference(3 * states, states), 0, atol=1e-6)
    np.testing.assert_allclose(states_difference(-states, states), 4, rtol=1e-5)
    assert states_difference(states[:, :0], states[:, :0]).numpy().tolist() == [0] * 4


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0.0}, {"teacher_weight": 0.0}, {"teacher_weight": 1.1}, {"states_weight": -1.0}]
)
def test_impossible_weights_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))} must be"):
        DistillationRecipe(**wrong)  # type: ignore[arg-type]


# === Outputs of the teacher ===


@pytest.fixture(scope="module")
def teacher(build_classifier: Build) -> TextClassifier:
    return build_classifier(backbone={"num_layers": 4, "seed": 1})


@pytest.mark.parametrize("pooling", ["cls", "unit_mean"])
def test_logits_are_those_of_the_model_and_states_those_of_its_layers(pooling: str, build_classifier: Build) -> None:
    model = build_classifier(backbone={"num_layers": 3}, pooling=pooling)
    inputs = tiny_data(6, 0).batch(np.arange(6))[0]
    logits, states = logits_and_states(model, inputs, (2,))
    np.testing.assert_allclose(logits, model(inputs, training=False), atol=1e-6)
    below = with_layers(model, (1, 2)).backbone(inputs)["sequence_output"]
    assert states.shape == (6, 1, 8)
    np.testing.assert_allclose(states[:, 0], below[:, 0], atol=1e-6)


def test_a_teachers_outputs_are_computed_once_and_found_again(teacher: TextClassifier, tmp_path: Path) -> None:
    rows: Any = tiny_data(30, 0)
    seen: list[int] = []
    first = teacher_outputs(teacher, rows, tmp_path, (2,), 32, seen.append)
    assert sum(seen) == 30 and len(seen) > 1
    np.testing.assert_allclose(first.values[:, :2], predict_logits(teacher, rows), atol=1e-5)
    same = with_layers(teacher, (1, 2, 3, 4))  # under another name, as any process builds it
    again = teacher_outputs(same, rows, tmp_path, (2,), 32, seen.append)
    assert sum(seen) == 30
    assert (again.values.tobytes(), again.key) == (first.values.tobytes(), first.key)
    others = [
        teacher_outputs(teacher, rows, tmp_path, (1,)).key,
        teacher_outputs(teacher, tiny_data(30, 1), tmp_path, (2,)).key,  # type: ignore[arg-type]
        teacher_outputs(with_layers(teacher, (1, 2, 3)), rows, tmp_path, (2,)).key,
    ]
    assert len({first.key, *others}) == 4


# === Training ===


def taught_by(teacher: TextClassifier, labelled: Any, own: tuple[int, ...], its: tuple[int, ...]) -> TaughtRows:
    """Rows with what a teacher says about them."""
    logits, states = logits_and_states(teacher, labelled.batch(np.arange(len(labelled)))[0], its)
    values = np.concatenate([logits, np.reshape(states, [len(labelled), -1])], axis=1)
    return TaughtRows(labelled, (values,), np.arange(values.shape[1]), f"seed 1 {its}", own)


def divergence(teacher: TextClassifier, student: TextClassifier, rows: Any) -> float:
    """The mean divergence of a student's probabilities from the teacher's."""
    inputs = rows.batch(np.arange(len(rows)))[0]
    return float(np.mean(logits_loss("single_label", teacher(inputs), student(inputs), 1.0)))


def test_a_student_comes_nearer_to_its_teacher_who_stays_as_he_is(
    teacher: TextClassifier, build_classifier: Build
) -> None:
    rows, other = tiny_data(200, 0), tiny_data(60, 1)
    before = [values.copy() for values in teacher.get_weights()]
    recipe = DistillationRecipe(epochs=8, batch_size=8, learning_rate=3e-3, teacher_weight=1.0, keep="last")
    student = with_layers(teacher, (2, 4))
    student.output_dense.set_weights(build_classifier(backbone={"seed": 5}).output_dense.get_weights())
    at_first = divergence(teacher, student, other)
    old = [values.copy() for values in student.get_weights()]
    outcome = fine_tune(student, taught_by(teacher, rows, (1,), (2,)), other, recipe)  # type: ignore[arg-type]
    assert divergence(teacher, student, other) < 0.3 * at_first
    assert outcome.history["loss"][-1] < 0.5 * outcome.history["loss"][0]
    # The labels have no weight, and a random teacher knows nothing of them: the metrics are those of the labels.
    assert outcome.history["val_accuracy"][-1] < 0.9
    for mine, its in zip(before, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert sum(not np.array_equal(*pair) for pair in zip(old, student.get_weights(), strict=True)) > 30


def test_the_metric_counts_labelled_rows_alone(teacher: TextClassifier) -> None:
    taught = taught_by(teacher, tiny_data(6, 0), (), ())
    more: Any = dataclasses.replace(tiny_data(4, 1), targets=np.zeros(4, np.int32))
    values = np.concatenate([taught.taught[0][:4]])
    both = dataclasses.replace(taught, taught=(taught.taught[0], values), unlabelled=more)
    objective = DistillationObjective(teacher, both, DistillationRecipe())
    inputs, targets = both.batch(np.arange(10))
    outputs = objective.of_step["run"]({name: tf.constant(of) for name, of in inputs.items()}, training=False)
    right = np.argmax(outputs[0][:6], axis=1) == tiny_data(6, 0).targets
    assert objective.metric.counts(tf.constant(targets), outputs).numpy().tolist() == [right.sum(), 6]


class Interrupt(keras.callbacks.Callback):
    """Stops the process at a step."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("eagerly")
def test_an_interrupted_training_ends_with_the_same_bits_and_with_no_other_teacher(
    teacher: TextClassifier, tmp_path: Path
) -> None:
    recipe = DistillationRecipe(epochs=2, batch_size=4, learning_rate=1e-2)
    rows, dev = taught_by(teacher, tiny_data(17, 0), (1,), (2,)), tiny_data(6, 1)

    def train(taught: TaughtRows, *callbacks: Any, folder: Path | None = None) -> list[np.ndarray]:
        student = with_layers(teacher, (2, 4))
        checkpoints = None if folder is None else Checkpoints(folder)
        fine_tune(student, taught, dev, recipe, callbacks, checkpoints)  # type: ignore[arg-type]
        return student.get_weights()

    with pytest.raises(TrainingInterrupted):
        train(rows, Interrupt(), folder=tmp_path)
    with pytest.raises(InputError, match="Received: the teacher's answers differ. Give the same settings"):
        train(dataclasses.replace(rows, taught_by="another"), folder=tmp_path)
    for one, other in zip(train(rows, folder=tmp_path), train(rows), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("eagerly")
def test_numbers_are_learned_in_the_unit_of_the_labels(build_classifier: Build) -> None:
    labelled: Any = dataclasses.replace(
        tiny_data(40, 0, "regression"), targets=1000 + 100 * tiny_data(40, 0, "regression").targets
    )
    rows = TaughtRows(labelled, (labelled.targets[:, np.newaxis],), np.array([0]), "the truth")
    student = build_classifier(backbone={"num_layers": 1}, labels=[], task="regression")
    objective = DistillationObjective(student, rows, DistillationRecipe())
    inputs, targets = rows.batch(np.arange(4))
    given = tf.constant([[0.5], [0.0], [-1.0], [2.0]])
    scale = objective.scale
    assert scale is not None
    wanted = (given[:, 0] - (labelled.targets[:4] - scale.mean) / scale.deviation) ** 2
    none = tf.zeros([4, 0, 8])
    np.testing.assert_allclose(objective.loss(tf.constant(targets), (given, none)), wanted, rtol=1e-5)
    fine_tune(student, rows, labelled, DistillationRecipe(epochs=1, batch_size=8, learning_rate=3e-3))
    assert 800 < float(np.mean(predict_logits(student, labelled))) < 1200
