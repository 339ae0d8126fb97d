import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from bert_keras.errors import InputError, LabelError
from bert_keras.training.losses import balanced_weights, loss_for, weights_by_label

LOGITS = np.array([[2.0, 0.5, -1.0], [0.0, 3.0, 0.0], [-2.0, 0.1, 0.2]], np.float32)
INDICES = np.array([0, 2, 1], np.int32)
SETS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1]], np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(np.float64)))


def test_one_label_has_the_cross_entropy_that_scikit_learn_computes() -> None:
    losses = loss_for("single_label")(INDICES, LOGITS)
    assert (losses.shape, losses.dtype) == ((3,), tf.float32)
    assert float(tf.reduce_mean(losses)) == pytest.approx(log_loss(INDICES, softmax(LOGITS)), rel=1e-6)
    assert float(loss_for("single_label")([0], [[0.0, math.log(3)]])[0]) == pytest.approx(math.log(4), rel=1e-6)


def test_any_number_of_labels_has_the_mean_of_the_cross_entropies_of_its_sigmoids() -> None:
    p = sigmoid(LOGITS)
    expected = -(SETS * np.log(p) + (1 - SETS) * np.log(1 - p)).mean(axis=1)
    losses = loss_for("multi_label")(SETS, LOGITS)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert losses.dtype == tf.float32


def test_a_number_has_the_squared_error_of_its_own_row() -> None:
    losses = loss_for("regression")([1.0, 2.0, -1.0], [[1.5], [2.0], [1.0]])
    np.testing.assert_allclose(losses, [0.25, 0.0, 4.0])


def test_smoothing_spreads_a_share_of_the_target_over_all_labels() -> None:
    smooth = np.eye(3)[INDICES] * 0.7 + 0.1
    expected = -(smooth * np.log(softmax(LOGITS))).sum(axis=1)
    np.testing.assert_allclose(loss_for("single_label", 0.3)(INDICES, LOGITS), expected, rtol=1e-5)
    keras_loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3)
    assert float(tf.reduce_mean(loss_for("single_label", 0.3)(INDICES, LOGITS))) == pytest.approx(
        float(keras_loss(np.eye(3, dtype=np.float32)[INDICES], LOGITS)), rel=1e-5
    )


def test_smoothing_of_independent_labels_is_between_yes_and_no() -> None:
    keras_loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2, reduction="none")
    np.testing.assert_allclose(loss_for("multi_label", 0.2)(SETS, LOGITS), keras_loss(SETS, LOGITS), rtol=1e-5)


def test_weights_multiply_the_losses_of_the_rows_of_a_label() -> None:
    plain = loss_for("single_label")(INDICES, LOGITS).numpy()
    np.testing.assert_allclose(
        loss_for("single_label", 0.0, [0.5, 2.0, 3.0])(INDICES, LOGITS), plain * [0.5, 3.0, 2.0], rtol=1e-6
    )


def test_weights_multiply_the_losses_of_a_label_among_independent_ones() -> None:
    alone = [loss_for("multi_label")(SETS[:, [place]], LOGITS[:, [place]]).numpy() for place in range(3)]
    expected = (0.5 * alone[0] + 2.0 * alone[1] + 0.0 * alone[2]) / 3
    np.testing.assert_allclose(
        loss_for("multi_label", 0.0, np.array([0.5, 2.0, 0.0]))(SETS, LOGITS), expected, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("task", "targets", "logits"),
    [("single_label", INDICES, LOGITS), ("multi_label", SETS, LOGITS), ("regression", SETS[:, 0], LOGITS[:, :1])],
)
def test_low_precision_goes_in_and_float32_comes_out(task: Any, targets: np.ndarray, logits: np.ndarray) -> None:
    low = tf.cast(logits, tf.bfloat16)
    expected = loss_for(task)(targets, tf.cast(low, tf.float32))
    for given in (targets, targets.astype(np.int64) if task == "single_label" else targets.astype(np.float64)):
        found = tf.function(loss_for(task))(tf.constant(given), low)
        assert found.dtype == tf.float32
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_logits_far_from_zero_have_finite_losses_and_gradients() -> None:
    far = tf.constant([[-1e4, 1e4, 0.0]])
    for task, targets in (("single_label", [0]), ("multi_label", [[1.0, 0.0, 1.0]])):
        with tf.GradientTape() as tape:
            tape.watch(far)
            losses = loss_for(task, 0.1)(targets, far)  # type: ignore[arg-type]
        assert np.isfinite(losses).all()
        assert np.isfinite(tape.gradient(losses, far)).all()


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    targets = np.random.default_rng(0).choice(4, 200, p=[0.6, 0.2, 0.15, 0.05])
    weights = balanced_weights(targets, "single_label", ["a", "b", "c", "d"])
    np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(4), y=targets), rtol=1e-6)
    assert weights[targets].mean() == pytest.approx(1.0, abs=1e-6)


def test_balanced_weights_of_independent_labels_are_1_on_the_mean_and_inverse_to_their_frequency() -> None:
    targets = np.array([[1, 1], [1, 0], [1, 0], [1, 0]], np.uint8)
    np.testing.assert_allclose(balanced_weights(targets, "multi_label", ["often", "seldom"]), [0.4, 1.6], rtol=1e-6)


def test_a_label_that_no_row_has_weighs_1_and_changes_no_other_weight() -> None:
    targets = np.array([0, 0, 0, 2])
    np.testing.assert_allclose(balanced_weights(targets, "single_label", ["a", "b", "c"]), [4 / 6, 1.0, 2.0], rtol=1e-6)
    sets = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(balanced_weights(sets, "multi_label", ["a", "b", "c"]), [0.4, 1.0, 1.6], rtol=1e-6)


def test_what_a_user_says_about_class_weights_becomes_weights() -> None:
    targets, labels = np.array([0, 0, 0, 1]), ["no", "yes"]
    assert weights_by_label("none", targets, "single_label", labels) is None
    assert weights_by_label("none", targets, "regression", ()) is None
    np.testing.assert_allclose(weights_by_label("balanced", targets, "single_label", labels), [2 / 3, 2.0], rtol=1e-6)
    np.testing.assert_allclose(weights_by_label({"yes": 5.0}, targets, "single_label", labels), [1.0, 5.0])


def test_class_weights_that_make_no_sense_are_refused() -> None:
    targets, labels = np.array([0, 1]), ["no", "yes"]
    with pytest.raises(LabelError, match=r"Received: \['maybe'\]; the labels are \['no', 'yes'\]"):
        weights_by_label({"maybe": 2.0}, targets, "single_label", labels)
    with pytest.raises(InputError, match="Received: 'some'"):
        weights_by_label("some", targets, "single_label", labels)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="regression has none"):
        weights_by_label("balanced", targets, "regression", ())


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (("ranking",), "task must be one of single_label, multi_label, regression. Received: 'ranking'"),
        (("single_label", 1.0), r"label_smoothing must be from 0 to below 1\. Received: 1.0"),
        (("multi_label", -0.1), "Received: -0.1"),
        (("single_label", math.nan), "Received: nan"),
        (("regression", 0.1), "label_smoothing is for labels, and regression has none"),
        (("regression", 0.0, [1.0]), "class_weights is for labels, and regression has none"),
        (("single_label", 0.0, [1.0, -1.0]), "class_weights must be a number from 0 for each label"),
        (("single_label", 0.0, [1.0, math.inf]), "class_weights must be a number from 0 for each label"),
        (("single_label", 0.0, 2.0), "class_weights must be a number from 0 for each label"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        loss_for(*settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("task", "targets"), [("single_label", INDICES), ("multi_label", SETS)])
def test_another_number_of_weights_than_labels_is_refused(task: Any, targets: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"each of the 3 labels\. Received: 2"):
        loss_for(task, 0.0, [1.0, 1.0])(targets, LOGITS)
