import numpy as np
import pytest

from pipelines.classify.told_answers import told_answers

LABELS = [f"label {place}" for place in range(500)]


def test_of_few_labels_all_probabilities_are_told() -> None:
    (answer,) = told_answers(np.array([[0.25, 0.75]], np.float32), np.array([0]), "single_label", ["no", "yes"])
    assert answer == {"label": "yes", "probability": 0.75, "probabilities": {"no": 0.25, "yes": 0.75}}


def test_of_many_labels_the_highest_and_the_true_one_are_told() -> None:
    outputs = np.linspace(1, 2, 500, dtype=np.float32)[np.newaxis]
    outputs = outputs / outputs.sum()
    (answer,) = told_answers(outputs, np.array([7]), "single_label", LABELS)
    assert answer["label"] == "label 499"
    assert answer["probability"] == pytest.approx(float(outputs[0, 499]))
    assert list(answer["probabilities"]) == ["label 7", *LABELS[300:]]
    assert answer["probabilities"]["label 7"] == pytest.approx(float(outputs[0, 7]))


def test_of_many_labels_all_that_are_true_or_predicted_are_told() -> None:
    outputs = np.full([1, 500], 0.1, np.float32)
    outputs[0, 100:400] = 0.8
    target = np.zeros([1, 500], np.float32)
    target[0, 3] = 1
    (answer,) = told_answers(outputs, target, "multi_label", LABELS)
    assert answer["labels"] == tuple(LABELS[100:400])
    assert list(answer["probabilities"]) == ["label 3", *LABELS[100:400]]


def test_rows_come_in_order_whatever_is_converted_at_once() -> None:
    best = np.random.default_rng(0).integers(500, size=5000)
    outputs = np.zeros([5000, 500], np.float32)
    outputs[np.arange(5000), best] = 1
    told = [answer["label"] for answer in told_answers(outputs, best, "single_label", LABELS)]
    assert told == [LABELS[place] for place in best]


def test_numbers_are_told() -> None:
    told = list(told_answers(np.array([1.5, -2.0], np.float32), np.zeros(2), "regression", ()))
    assert told == [{"score": 1.5}, {"score": -2.0}]
