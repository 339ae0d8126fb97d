import numpy as np
import pytest
from tiny_data import tiny_data

from bert_keras.classification.answers import outputs_of
from bert_keras.models import TextClassifier
from bert_keras.training.predict import predict_outputs


@pytest.mark.parametrize("token_budget", [1, 100, 100_000])
def test_outputs_come_in_the_order_of_the_rows(classifier: TextClassifier, token_budget: int) -> None:
    data = tiny_data(25, 7)
    told: list[int] = []
    outputs = predict_outputs(classifier, data, token_budget, told.append)
    expected = [
        outputs_of(classifier.logits(data.batch(np.array([row]))[0]).numpy(), "single_label")[0] for row in range(25)
    ]
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    assert outputs.dtype == np.float32
    assert len({tuple(row) for row in outputs.round(4).tolist()}) > 20
    assert sum(told) == 25
    assert len(told) == {1: 25, 100: len(told), 100_000: 1}[token_budget]


def test_a_regression_has_a_number_a_row(build_classifier) -> None:  # type: ignore[no-untyped-def]
    classifier, data = build_classifier(labels=[], task="regression"), tiny_data(7, 0, "regression")
    outputs = predict_outputs(classifier, data)
    np.testing.assert_allclose(outputs, classifier.logits(data.batch(np.arange(7))[0])[:, 0], atol=1e-6)


def test_an_error_while_rows_are_counted_ends_it(classifier: TextClassifier) -> None:
    with pytest.raises(ZeroDivisionError):
        predict_outputs(classifier, tiny_data(25, 7), 50, lambda rows: 1 // 0)
