"""Confident learning finds flipped labels, and counts as the paper does."""

import numpy as np
import pytest

from bert_keras.auditing import doubt_labels
from bert_keras.errors import InputError


def test_the_joint_is_that_of_a_case_worked_out_by_hand() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1])
    of_first = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.3])
    found = doubt_labels(labels, np.stack([of_first, 1 - of_first], axis=1))
    # Thresholds: the mean of 0.9, 0.8, 0.7, 0.2 and that of 0.9, 0.7. Of the first label's rows three reach the first
    # threshold and one the second; of the second's, one reaches its own and one none.
    assert found.thresholds == pytest.approx([0.65, 0.8])
    assert found.joint == pytest.approx(np.array([[3.0, 1.0], [0.0, 2.0]]))
    assert found.in_error.tolist() == [False, False, False, True, False, False]
    assert found.suggested.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.doubt == pytest.approx([0.1, 0.2, 0.3, 0.8, 0.1, 0.3])


def test_flipped_labels_of_sure_models_are_found_exactly() -> None:
    random = np.random.default_rng(0)
    true = random.integers(4, size=400)
    given = true.copy()
    flipped = random.choice(400, 40, replace=False)
    given[flipped] = (true[flipped] + random.integers(1, 4, 40)) % 4
    probabilities = np.full([400, 4], 0.02)
    probabilities[np.arange(400), true] = 0.94
    found = doubt_labels(given, probabilities)
    assert np.flatnonzero(found.in_error).tolist() == sorted(flipped.tolist())
    assert (found.suggested[flipped] == true[flipped]).all()
    assert found.doubted_share == pytest.approx(0.1)


def test_a_model_that_agrees_with_all_labels_doubts_none() -> None:
    labels = np.arange(30) % 3
    probabilities = np.full([30, 3], 0.3)
    probabilities[np.arange(30), labels] = 0.4
    assert not doubt_labels(labels, probabilities).in_error.any()


def test_a_label_without_rows_breaks_nothing() -> None:
    labels = np.array([0, 0, 2, 2])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.1, 0.6, 0.3]])
    found = doubt_labels(labels, probabilities)
    assert np.isnan(found.thresholds[1])
    assert found.joint.sum() == pytest.approx(4)
    assert not found.in_error.any()


def test_numbers_that_do_not_fit_are_refused() -> None:
    for labels, shape in (([0, 1], (3, 2)), ([], (0, 2)), ([0, 2], (2, 2))):
        with pytest.raises(InputError, match=r"each row needs a label .*Received: "):
            doubt_labels(np.array(labels, int), np.full(shape, 0.5))
