import json
import math
import warnings

import numpy as np
import pytest

from bert_keras import evaluation

THREE = {"targets": np.array([0, 1, 1, 0]), "outputs": np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])}
MANY = {
    "targets": np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]]),
    "outputs": np.array([[0.9, 0.2, 0.1], [0.5, 0.3, 0.1], [0.6, 0.7, 0.2], [0.1, 0.1, 0.1]]),
}


def test_several_labels_have_the_scores_worked_out_by_hand() -> None:
    found = evaluation.scores("multi_label", **MANY, labels=["a", "b", "c"])
    # Predicted are a, a, ab and nothing: three of four true labels found, one predicted that is not there.
    assert found["micro_f1"] == pytest.approx(2 * 3 / (4 + 4))
    assert found["subset_accuracy"] == 2 / 4
    assert found["classes"]["a"] == pytest.approx(
        {"precision": 2 / 3, "recall": 1.0, "f1": 4 / 5, "average_precision": (1 + 2 / 3) / 2, "rows": 2}
    )
    assert found["classes"]["b"]["average_precision"] == 1.0
    assert found["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)  # nobody has or predicts c
    assert found["mean_average_precision"] == pytest.approx((5 / 6 + 1) / 2)
    given = [0.9, 0.8, 0.9, 0.5, 0.3, 0.9, 0.4, 0.7, 0.8, 0.9, 0.9, 0.9]
    assert found["loss"] == pytest.approx(-np.mean(np.log(given)))


def test_a_label_is_predicted_from_one_half_on() -> None:
    found = evaluation.scores("multi_label", np.array([[1, 0]]), np.array([[0.5, 0.4999]]), ["a", "b"])
    assert found["subset_accuracy"] == 1.0


def test_numbers_have_the_scores_worked_out_by_hand() -> None:
    found = evaluation.scores(
        "regression", np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 10.0], np.float32), []
    )
    assert found["mse"] == found["loss"] == (0 + 1 + 1 + 36) / 4
    assert found["mae"] == (0 + 1 + 1 + 6) / 4
    assert found["rmse"] == pytest.approx(math.sqrt(38 / 4))
    assert found["spearman"] == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert found["pearson"] == pytest.approx(13 / math.sqrt(5 * 50))


@pytest.mark.parametrize("predictions", [[2.0, 2.0], [2.0]])
def test_the_same_number_throughout_correlates_with_nothing(predictions: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = evaluation.scores("regression", np.arange(float(len(predictions))), np.array(predictions), [])
    assert (found["pearson"], found["spearman"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("task", "data", "labels"),
    [
        ("single_label", THREE, ["a", "b"]),
        ("multi_label", MANY, ["a", "b", "c"]),
        ("regression", {"targets": np.array([1.0, 2.0]), "outputs": np.array([1.0, 4.0], np.float32)}, []),
    ],
)
def test_the_numbers_of_each_task_are_there_and_json_can_hold_them(
    task: str, data: dict[str, np.ndarray], labels: list[str]
) -> None:
    found = evaluation.scores(task, **data, labels=labels)
    assert set(evaluation.METRICS[task]) <= found.keys()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_one_label_of_each_row_has_its_calibration_error() -> None:
    found = evaluation.scores("single_label", **THREE, labels=["a", "b"])
    assert found["ece"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.4) / 4)


def test_the_hardest_rows_are_those_of_the_highest_losses() -> None:
    losses = evaluation.row_losses("single_label", **THREE)
    assert losses == pytest.approx(-np.log([0.9, 0.8, 0.3, 0.6]))
    assert evaluation.hardest_rows(losses, 2).tolist() == [2, 3]
    assert evaluation.hardest_rows(np.array([1.0, 5.0, 5.0]), 9).tolist() == [1, 2, 0]
    squared = evaluation.row_losses("regression", np.array([1.0, 2.0]), np.array([4.0, 2.5], np.float32))
    assert squared.tolist() == [9.0, 0.25]


def test_scores_by_length_are_those_of_the_rows_of_that_length() -> None:
    lengths = np.array([8, 9, 16, 600])
    buckets = evaluation.scores_by_length("single_label", **THREE, labels=["a", "b"], lengths=lengths)
    assert [(bucket.shortest, bucket.longest, bucket.rows) for bucket in buckets] == [
        (1, 8, 1),
        (9, 16, 2),
        (513, None, 1),
    ]
    assert [bucket.metrics["accuracy"] for bucket in buckets] == [1.0, 0.5, 1.0]
    assert buckets[1].metrics["loss"] == pytest.approx(-np.log([0.8, 0.3]).mean())
    assert buckets[0].metrics.keys() == set(evaluation.METRICS["single_label"])


def test_a_curve_goes_over_all_thresholds_and_its_average_weights_precision_by_recall_gained() -> None:
    # Down the ranking: true, false, true.
    curve = evaluation.precision_recall(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    points = set(zip(curve.recall.tolist(), curve.precision.tolist(), strict=True))
    assert {(1.0, 2 / 4), (1.0, 2 / 3), (0.5, 1 / 2), (0.5, 1.0), (0.0, 1.0)} == points
    assert curve.average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_each_label_that_a_row_has_gets_its_curve() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]])
    by_label = evaluation.precision_recall_by_label(np.array([0, 1, 1]), probabilities, ["a", "b", "c"])
    assert {label: curve.average_precision for label, curve in by_label.items()} == {"a": 1.0, "b": 1.0}
    table = evaluation.precision_recall_by_label(
        np.array([[0, 0, 1], [0, 0, 0], [0, 0, 1]]), probabilities, ["a", "b", "c"]
    )
    assert table.keys() == {"c"}
    assert table["c"].average_precision == pytest.approx(2 / 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert evaluation.precision_recall(np.array([False]), np.array([0.5])).average_precision == 0.0
