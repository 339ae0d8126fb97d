import math
import warnings
from typing import Any

import numpy as np
import pytest

from bert_keras.evaluation import single_label_scores as classification_scores


def predictions(predicted: list[int], labels: int) -> np.ndarray:
    """Probabilities of which each row's highest, 0.6, is that of the label given; the others share the rest."""
    rest = 0.4 / (labels - 1)
    return np.where(np.arange(labels) == np.array(predicted)[:, np.newaxis], 0.6, rest).astype(np.float32)


@pytest.fixture(scope="module")
def three() -> dict[str, Any]:
    """Ten rows: four a, four b, two c; predicted are three, five and two of them."""
    gold = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    predicted = [0, 0, 1, 1, 1, 1, 1, 0, 2, 2]
    return classification_scores(gold, predictions(predicted, 3), ["a", "b", "c"])


def test_scores_of_three_labels_are_those_worked_out_by_hand(three: dict[str, Any]) -> None:
    assert three["accuracy"] == pytest.approx(7 / 10)
    assert three["classes"] == {
        "a": pytest.approx({"precision": 2 / 3, "recall": 1 / 2, "f1": 4 / 7, "rows": 4}),
        "b": pytest.approx({"precision": 3 / 5, "recall": 3 / 4, "f1": 2 / 3, "rows": 4}),
        "c": pytest.approx({"precision": 1.0, "recall": 1.0, "f1": 1.0, "rows": 2}),
    }
    assert three["macro_f1"] == pytest.approx((4 / 7 + 2 / 3 + 1) / 3)


def test_the_confusion_has_true_labels_down_and_predicted_ones_across(three: dict[str, Any]) -> None:
    assert three["confusion"] == [[2, 2, 0], [1, 3, 0], [0, 0, 2]]


def test_the_loss_is_the_mean_cross_entropy_in_nats(three: dict[str, Any]) -> None:
    assert three["loss"] == pytest.approx(-(7 * math.log(0.6) + 3 * math.log(0.2)) / 10)


def test_the_correlation_follows_gorodkins_formula(three: dict[str, Any]) -> None:
    right, rows = 7, 10
    true, predicted = np.array([4, 4, 2]), np.array([3, 5, 2])
    expected = (right * rows - true @ predicted) / math.sqrt(
        (rows**2 - predicted @ predicted) * (rows**2 - true @ true)
    )
    assert three["matthews_correlation"] == pytest.approx(expected)


def test_the_correlation_of_two_labels_is_the_one_of_the_four_fields() -> None:
    gold = np.array([1] * 6 + [0] * 4)
    scores = classification_scores(gold, predictions([1] * 5 + [0] + [0] * 3 + [1], 2), ["no", "yes"])
    expected = (5 * 3 - 1 * 1) / math.sqrt((5 + 1) * (5 + 1) * (3 + 1) * (3 + 1))
    assert scores["matthews_correlation"] == pytest.approx(expected)


def test_a_label_that_nobody_has_or_predicts_is_no_part_of_the_mean_but_of_the_tables() -> None:
    scores = classification_scores(np.array([0, 0, 2]), predictions([0, 2, 2], 4), ["a", "b", "c", "d"])
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert scores["classes"]["b"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "rows": 0}
    assert np.shape(scores["confusion"]) == (4, 4)


def test_a_label_that_is_only_predicted_counts_as_zero_in_the_mean() -> None:
    scores = classification_scores(np.array([0, 0, 0]), predictions([0, 0, 1], 3), ["a", "b", "c"])
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 0) / 2)


def test_one_label_throughout_gives_scores_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = classification_scores(np.array([1]), predictions([1], 2), ["a", "b"])
    assert (scores["accuracy"], scores["macro_f1"], scores["matthews_correlation"]) == (1.0, 1.0, 0.0)


def test_a_certain_mistake_has_a_finite_loss() -> None:
    scores = classification_scores(np.array([0]), np.array([[0.0, 1.0]], np.float32), ["a", "b"])
    assert scores["loss"] == pytest.approx(-math.log(1e-12))


def test_scores_are_plain_numbers_that_json_can_hold(three: dict[str, Any]) -> None:
    assert {type(three[name]) for name in ("accuracy", "macro_f1", "matthews_correlation", "loss")} == {float}
    assert {type(count) for row in three["confusion"] for count in row} == {int}
    assert [type(value) for value in three["classes"]["a"].values()] == [float, float, float, int]
