from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.insight.row_columns import row_columns, true_name

Build = Callable[..., TextClassifier]


def test_predictions_are_named_and_compared_with_labels_by_name_or_place(classifier: TextClassifier) -> None:
    logits = np.log([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    columns, colour = row_columns(classifier, ["a", "b", "c"], logits, ["negative", 1, "positive"])
    assert colour == "label" and list(columns)[0] == "text"
    assert columns["label"] == ["negative", "positive", "positive"]
    assert columns["prediction"] == ["negative", "positive", "negative"]
    assert columns["correct"] == ["right", "right", "wrong"]
    assert columns["probability"] == pytest.approx([0.9, 0.8, 0.6])


def test_without_labels_the_prediction_colours(classifier: TextClassifier) -> None:
    columns, colour = row_columns(classifier, [("a", "b")], np.array([[1.0, 0.0]]), None)
    assert colour == "prediction" and "label" not in columns and "correct" not in columns
    assert columns["text"] == ["a | b"]


def test_of_multi_label_all_names_must_be_right(build_classifier: Build) -> None:
    classifier = build_classifier(labels=["x", "y", "z"], task="multi_label")
    logits = np.array([[5, -5, 5], [-5, -5, -5], [5, 5, 5]])
    columns, _ = row_columns(classifier, ["a", "b", "c"], logits, [["z", "x"], [], [1, 0, 1]])
    assert columns["label"] == ["x, z", "none", "x, z"]
    assert columns["correct"] == ["right", "right", "wrong"]


def test_a_regression_has_numbers_and_errors(build_classifier: Build) -> None:
    classifier = build_classifier(labels=(), task="regression")
    columns, colour = row_columns(classifier, ["a", "b"], np.array([[1.5], [2.0]]), [1, 3])
    assert colour == "label" and columns["error"] == [0.5, -1.0] and columns["prediction"] == [1.5, 2.0]
    with pytest.raises(InputError, match="labels are numbers"):
        row_columns(classifier, ["a"], np.array([[1.5]]), ["good"])


@pytest.mark.parametrize("label", ["neutral", 2, -1, 0.5, None])
def test_labels_that_the_model_does_not_have_are_refused(label: object, classifier: TextClassifier) -> None:
    with pytest.raises(LabelError, match="labels are negative, positive. Received"):
        true_name(classifier, label)


def test_a_reader_is_right_where_it_gives_one_of_the_answers(extractor: SpanExtractor) -> None:
    rows = [("good ?", "film was good")] * 3
    answer = extractor.answer(*rows[0]).text
    columns, colour = row_columns(extractor, rows, None, [["nothing", answer], "nothing at all", []])
    assert colour == "correct" and columns["correct"] == ["right", "wrong", "wrong"]
    assert columns["prediction"] == [answer] * 3 and columns["label"] == ["nothing", "nothing at all", "no answer"]
    assert row_columns(extractor, rows, None, None)[1] == "answered"
