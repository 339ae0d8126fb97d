import numpy as np
import pytest
from sklearn import metrics

from bert_keras import evaluation
from bert_keras.evaluation import Confusion

TARGETS = np.array([0, 0, 0, 1, 1, 2, 3, 3])
PREDICTED = np.array([0, 1, 1, 1, 0, 2, 2, 2])
CONFUSION = Confusion.of(TARGETS, PREDICTED, 5)


def test_cells_hold_the_rows_of_each_true_and_predicted_label() -> None:
    cells = list(zip(CONFUSION.true, CONFUSION.predicted, CONFUSION.rows, strict=True))
    assert cells == [(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 1), (2, 2, 1), (3, 2, 2)]
    assert (CONFUSION.right, CONFUSION.total) == (3, 8)
    assert CONFUSION.of_true().tolist() == [3, 2, 1, 2, 0]
    assert CONFUSION.of_predicted().tolist() == [2, 3, 3, 0, 0]
    np.testing.assert_array_equal(CONFUSION.matrix(), metrics.confusion_matrix(TARGETS, PREDICTED, labels=np.arange(5)))
    again = Confusion.of_matrix(CONFUSION.matrix())
    assert (again.matrix() == CONFUSION.matrix()).all()


def test_the_most_frequent_mistakes_come_first() -> None:
    assert CONFUSION.mistakes(9) == [(0, 1, 2), (3, 2, 2), (1, 0, 1)]
    assert CONFUSION.mistakes(1) == [(0, 1, 2)]


def test_the_labels_of_a_mistake_are_side_by_side_and_others_are_one() -> None:
    assert CONFUSION.most_confused(4).tolist() == [0, 1, 3, 2]
    assert CONFUSION.most_confused(3).tolist() == [0, 1]  # there is no room for both labels of the next mistake
    among = CONFUSION.among(np.array([3, 2]))
    assert among.tolist() == [[0, 2, 0], [0, 1, 0], [0, 0, 5]]


def test_without_mistakes_the_labels_of_most_rows_are_shown() -> None:
    right = Confusion.of(np.array([2, 2, 1]), np.array([2, 2, 1]), 4)
    assert right.most_confused(2).tolist() == [2, 1]


def test_of_many_labels_the_scores_hold_the_most_frequent_mistakes_by_name() -> None:
    labels = [f"label {place}" for place in range(101)]
    outputs = np.eye(101, dtype=np.float32)[PREDICTED]
    found = evaluation.scores("single_label", TARGETS, outputs, labels)
    assert "confusion" not in found
    assert found["most_confused"] == [
        {"true": "label 0", "predicted": "label 1", "rows": 2},
        {"true": "label 3", "predicted": "label 2", "rows": 2},
        {"true": "label 1", "predicted": "label 0", "rows": 1},
    ]
    few = evaluation.scores("single_label", TARGETS, outputs[:, :100], labels[:100])
    assert few["confusion"] == Confusion.of(TARGETS, PREDICTED, 100).matrix().tolist()


@pytest.mark.parametrize("seed", range(3))
def test_matthews_correlation_is_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    targets, outputs = random.integers(4, size=50), random.random([50, 4])
    found = evaluation.scores("single_label", targets, outputs, list("abcd"))["matthews_correlation"]
    assert found == pytest.approx(metrics.matthews_corrcoef(targets, outputs.argmax(axis=1)))


def test_calibration_and_losses_of_large_tables_are_those_of_all_rows() -> None:
    random = np.random.default_rng(0)
    targets, outputs = (random.random([3000, 900]) < 0.1).astype(np.float32), random.random([3000, 900])
    given = np.where(targets > 0, outputs, 1 - outputs)
    np.testing.assert_allclose(evaluation.row_losses("multi_label", targets, outputs), -np.log(given).mean(axis=1))
    found = evaluation.reliability(targets, outputs)
    assert found.counts.sum() == 2_700_000
    within = (outputs > 0.2) & (outputs <= 0.2 + 1 / 15)
    assert found.counts[3] == within.sum()
    assert found.confidence[3] == pytest.approx(outputs[within].mean())
    assert found.accuracy[3] == pytest.approx(targets[within].mean())


def test_labels_that_are_confused_with_each_other_stand_side_by_side() -> None:
    counts = np.diag(np.full(6, 10))
    for one, other in ((0, 3), (3, 0), (1, 4), (4, 1), (2, 5)):
        counts[one, other] = 5
    order = Confusion.of_matrix(counts).by_cluster().tolist()
    assert sorted(order) == list(range(6))
    for one, other in ((0, 3), (1, 4), (2, 5)):
        assert abs(order.index(one) - order.index(other)) == 1
    assert Confusion.of_matrix(np.diag([3, 3, 3])).by_cluster().tolist() == [0, 1, 2]
