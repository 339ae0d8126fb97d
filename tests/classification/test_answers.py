from typing import Any

import numpy as np
import pytest

from bert_keras import Classification, MultiLabel, Regression
from bert_keras.classification.answers import answers_of, outputs_of

LOGITS = np.array([[0.0, np.log(3.0)], [2.0, -2.0]], np.float32)


def test_one_label_is_the_most_probable_of_a_softmax() -> None:
    outputs = outputs_of(LOGITS, "single_label")
    np.testing.assert_allclose(outputs, [[0.25, 0.75], [0.982014, 0.017986]], rtol=1e-4)
    first, second = answers_of(outputs, "single_label", ["no", "yes"])
    assert first == Classification(
        "yes", outputs[0, 1].item(), {"no": outputs[0, 0].item(), "yes": outputs[0, 1].item()}
    )
    assert second.label == "no"


def test_any_number_of_labels_are_those_whose_sigmoid_is_at_least_one_half() -> None:
    outputs = outputs_of(np.array([[0.0, np.log(3.0)], [-5.0, -1e-4], [3.0, -np.log(3.0)]], np.float32), "multi_label")
    np.testing.assert_allclose(outputs[[0, 0, 2], [0, 1, 1]], [0.5, 0.75, 0.25], rtol=1e-6)
    answers = list(answers_of(outputs, "multi_label", ["a", "b"]))
    assert [answer.labels for answer in answers] == [("a", "b"), (), ("a",)]
    assert answers[2] == MultiLabel(("a",), {"a": outputs[2, 0].item(), "b": outputs[2, 1].item()})


def test_a_number_is_the_logit_itself() -> None:
    outputs = outputs_of(np.array([[1.5], [-2.25]], np.float32), "regression")
    assert outputs.shape == (2,)
    assert list(answers_of(outputs, "regression", ())) == [Regression(1.5), Regression(-2.25)]


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_logits_far_from_zero_become_probabilities_without_a_warning(task: Any) -> None:
    outputs = outputs_of(np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32), task)
    np.testing.assert_array_equal(outputs, [[1, 0], [0, 1]])
    assert outputs.dtype == np.float32


def test_no_rows_have_no_answers() -> None:
    for task, shape in (("single_label", (0, 2)), ("multi_label", (0, 2)), ("regression", (0, 1))):
        outputs = outputs_of(np.zeros(shape, np.float32), task)  # type: ignore[arg-type]
        assert list(answers_of(outputs, task, ["a", "b"])) == []  # type: ignore[arg-type]
