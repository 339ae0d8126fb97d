import json
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from bert_keras.classification import Calibration, answers_of, chosen_of, outputs_of
from bert_keras.errors import InputError

LOGITS = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32) * 5


@pytest.mark.parametrize("temperature", [0.1, 1.0, 3.0])
def test_a_temperature_divides_the_logits_and_changes_no_decision(temperature: float) -> None:
    outputs = outputs_of(LOGITS, "single_label", temperature)
    np.testing.assert_allclose(outputs, softmax(LOGITS / temperature, axis=1), rtol=1e-5)
    np.testing.assert_array_equal(outputs.argmax(axis=1), LOGITS.argmax(axis=1))


def test_without_a_temperature_every_bit_stays() -> None:
    np.testing.assert_array_equal(outputs_of(LOGITS, "single_label", 1.0), outputs_of(LOGITS, "single_label"))


def test_a_threshold_of_its_own_decides_about_each_label() -> None:
    probabilities = np.array([[0.3, 0.6, 0.5], [0.2, 0.9, 0.1]], np.float32)
    chosen = chosen_of(probabilities, (0.3, 0.7, 0.05))
    assert chosen.tolist() == [[True, False, True], [False, True, True]]
    answers: list[Any] = list(answers_of(probabilities, "multi_label", ("a", "b", "c"), chosen))
    assert [answer.labels for answer in answers] == [("a", "c"), ("b", "c")]
    assert answers[0].probabilities == {"a": probabilities[0, 0], "b": probabilities[0, 1], "c": 0.5}
    plain: list[Any] = list(answers_of(probabilities, "multi_label", ("a", "b", "c")))
    assert [answer.labels for answer in plain] == [("b", "c"), ("b",)]


def test_a_calibration_survives_json_to_the_last_bit() -> None:
    calibration = Calibration(700, 0.259, None, 0.87, 0.99)
    assert Calibration.of(json.loads(json.dumps(calibration.to_json()))) == calibration
    thresholds = Calibration(600, thresholds=(0.1, 0.7))
    assert Calibration.of(json.loads(json.dumps(thresholds.to_json()))) == thresholds
    # float32, as the probabilities are: a threshold between two of them separates them in every program.
    assert thresholds.thresholds == (float(np.float32(0.1)), float(np.float32(0.7)))


@pytest.mark.parametrize(
    "content",
    [
        {"rows": 5, "temperature": 0.0},
        {"rows": 5, "temperature": float("nan")},
        {"rows": 5, "thresholds": [1.5]},
        {"rows": 5, "surprise": 1},
        {"rows": 5, "thresholds": ["x"]},
        {},
    ],
)
def test_what_is_no_calibration_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="calibration"):
        Calibration.of(content)
