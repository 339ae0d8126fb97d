"""No row, and no copy of it, is among those that its judge learnt from."""

import numpy as np
import pytest

from bert_keras.auditing import judge_vectors, out_of_fold
from bert_keras.errors import InputError


def test_each_row_is_predicted_once_by_a_model_that_saw_neither_it_nor_its_copies() -> None:
    random = np.random.default_rng(0)
    labels, groups = random.integers(3, size=100), random.integers(60, size=100)
    predicted_rows: list[int] = []

    def fit(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        assert not set(groups[learned]) & set(groups[predicted])
        assert sorted([*learned, *predicted]) == list(range(100))
        predicted_rows.extend(predicted.tolist())
        return np.tile(predicted[:, np.newaxis], 3)

    found = out_of_fold(labels, 3, groups, fit, folds=4)
    assert sorted(predicted_rows) == list(range(100))
    assert found[:, 0].tolist() == list(range(100))


def test_labels_are_evenly_spread_over_the_folds() -> None:
    labels = np.array([0] * 50 + [1] * 10)
    shares = []

    def fit(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        shares.append((labels[predicted] == 1).sum())
        return np.zeros([len(predicted), 2])

    out_of_fold(labels, 2, np.arange(60), fit, folds=5)
    assert shares == [2] * 5


def test_a_judge_learns_what_can_be_learnt_and_knows_a_label_of_a_single_row() -> None:
    random = np.random.default_rng(0)
    labels = np.append(random.integers(2, size=120), 2)
    vectors = random.normal(size=[121, 4]) + np.eye(4)[labels] * 6
    found = out_of_fold(labels, 3, np.arange(121), judge_vectors(vectors, labels, 3))
    assert (found[:120].argmax(axis=1) == labels[:120]).mean() > 0.95
    assert found[120, 2] == 0  # the only row of its label: nobody could learn it
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


def test_more_folds_than_texts_are_refused() -> None:
    groups = np.array([1, 1, 2, 2])
    with pytest.raises(InputError, match=r"from 2 to the number of different texts, 2\. Received: 3"):
        out_of_fold(np.array([0, 1, 0, 1]), 2, groups, lambda learned, predicted: np.zeros([len(predicted), 2]), 3)
