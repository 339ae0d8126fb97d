import numpy as np
import pytest

from bert_keras.evaluation import reliability


def test_the_error_is_the_one_worked_out_by_hand() -> None:
    # Five bins. Confidences 0.55, 0.6 | 0.7, 0.75 | 0.9, 1.0, right are one of two, two of two, one of two.
    first = np.array([0.55, 0.4, 0.7, 0.25, 0.9, 1.0])
    targets = np.array([0, 0, 0, 1, 1, 0])
    diagram = reliability(targets, np.stack([first, 1 - first], axis=1), bins=5)
    assert diagram.counts.tolist() == [0, 0, 2, 2, 2]
    assert diagram.confidence == pytest.approx([0, 0, 0.575, 0.725, 0.95])
    assert diagram.accuracy == pytest.approx([0, 0, 0.5, 1.0, 0.5])
    assert diagram.error == pytest.approx((2 * 0.075 + 2 * 0.275 + 2 * 0.45) / 6)


def test_a_bin_holds_its_upper_bound_as_in_the_paper() -> None:
    diagram = reliability(np.array([0]), np.array([[0.5, 0.25, 0.25]]), bins=4)
    assert diagram.counts.tolist() == [0, 1, 0, 0]


def test_probabilities_that_mean_what_they_say_have_almost_no_error() -> None:
    random = np.random.default_rng(0)
    positive = random.uniform(size=200_000)
    targets = (random.uniform(size=200_000) < positive).astype(int)
    probabilities = np.stack([1 - positive, positive], axis=1)
    assert reliability(targets, probabilities).error < 0.005
    assert reliability(targets, np.round(probabilities)).error == pytest.approx(0.25, abs=0.005)


def test_of_several_labels_each_decision_counts_by_itself() -> None:
    targets = np.array([[1, 0], [0, 0]])
    diagram = reliability(targets, np.array([[0.9, 0.1], [0.9, 0.0]]), bins=2)
    assert diagram.counts.tolist() == [2, 2]
    assert diagram.accuracy.tolist() == [0.0, 0.5]
    assert diagram.error == pytest.approx((2 * 0.05 + 2 * 0.4) / 4)


def test_a_confidence_of_none_and_a_rounded_one_above_one_stay_in_the_diagram() -> None:
    diagram = reliability(np.array([[0, 1]]), np.array([[0.0, 1.0000001]]), bins=15)
    assert diagram.counts.sum() == 2
    assert diagram.counts[[0, -1]].tolist() == [1, 1]
