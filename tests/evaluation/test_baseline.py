import math

import numpy as np
import pytest

from bert_keras.evaluation import label_set_baseline, majority_baseline, mean_baseline, scores


def test_the_most_frequent_label_of_train_is_right_as_often_as_it_occurs() -> None:
    # The most frequent label of train is b; of the four rows one has it.
    found = majority_baseline(np.array([3, 5, 1]), np.array([0, 1, 2, 2]), ["a", "b", "c"])
    assert found.prediction == "always 'b'"
    expected = {"accuracy": 1 / 4, "macro_f1": (2 * 1 / (4 + 1)) / 3, "matthews_correlation": 0.0}
    assert found.metrics == pytest.approx(expected)


def test_a_most_frequent_label_that_no_evaluated_row_has_scores_zero() -> None:
    found = majority_baseline(np.array([9, 1]), np.array([1, 1]), ["a", "b"])
    assert found.metrics == {"accuracy": 0.0, "macro_f1": 0.0, "matthews_correlation": 0.0}


@pytest.mark.parametrize("seed", range(3))
def test_the_majority_is_scored_as_a_model_is_that_always_says_it(seed: int) -> None:
    targets = np.random.default_rng(seed).integers(4, size=30)
    outputs = np.tile(np.eye(5)[2], [30, 1])
    found = majority_baseline(np.array([1, 1, 7, 1, 1]), targets, list("abcde"))
    expected = scores("single_label", targets, outputs, list("abcde"))
    names = ("accuracy", "macro_f1", "matthews_correlation")
    assert found.metrics == pytest.approx({name: expected[name] for name in names})


def test_the_best_constant_sets_of_labels_worked_out_by_hand() -> None:
    # Train: ten rows; a in 8, b in 5, c in 1. Micro F1 of {a}: 16/24, of {a, b}: 26/34, of all: 28/44.
    targets = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]], np.float32)
    found = label_set_baseline(np.array([8, 5, 1]), 10, np.array([True, False, False]), targets)
    # Of dev: a in 3, b in 2, c in 1 of 4 rows.
    assert found.metrics == pytest.approx(
        {
            "micro_f1": 2 * 5 / (8 + 6),
            "macro_f1": (2 * 3 / 7 + 2 * 2 / 6 + 2 * 1 / 5) / 3,
            "subset_accuracy": 1 / 4,
        }
    )


def test_sets_of_labels_are_scored_as_a_model_is_that_always_says_them() -> None:
    targets = (np.random.default_rng(1).random([40, 3]) < 0.4).astype(np.float32)
    found = label_set_baseline(np.array([4, 9, 0]), 10, np.array([False, True, False]), targets)
    for metric, said in (("micro_f1", [1, 1, 0]), ("macro_f1", [1, 1, 0]), ("subset_accuracy", [0, 1, 0])):
        expected = scores("multi_label", targets, np.tile(np.array(said, float), [40, 1]), list("abc"))
        assert found.metrics[metric] == pytest.approx(expected[metric]), metric


def test_the_mean_of_train_is_off_by_as_much_as_the_numbers_are_from_it() -> None:
    found = mean_baseline(50_000.0, np.array([40_000, 50_000, 90_000], np.float32))
    assert found.prediction == "predicting the mean, 50,000"
    expected = {"mae": 50_000 / 3, "rmse": math.sqrt((1e8 + 16e8) / 3), "pearson": 0.0}
    assert found.metrics == pytest.approx(expected)
