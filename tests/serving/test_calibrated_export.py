import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier
from bert_keras.classification import Calibration
from bert_keras.serving import SavedClassifier, export
from bert_keras.serving.calibration_file import CALIBRATION_FILE
from bert_keras.serving.client.answers import UnexpectedAnswer, classifications
from bert_keras.serving.saved_model import ServedWeights, signatures_of

TEXTS = ["the film was good", "", "not bad", "café", "a b c d e"]
Build = Callable[..., TextClassifier]


@pytest.fixture(scope="module")
def sets(build_classifier: Build) -> TextClassifier:
    probabilities = np.array([list(answer.probabilities.values()) for answer in _plain(build_classifier)])
    low, high = np.median(probabilities, axis=0).tolist()  # about half of the rows have each label
    return build_classifier(task="multi_label", calibration=Calibration(150, thresholds=(low - 1e-3, high + 1e-3)))


def _plain(build: Build) -> list[Any]:
    return build(task="multi_label").classify(TEXTS)


def served(classifier: TextClassifier) -> dict[str, np.ndarray]:
    """What the graph of an export answers, without writing it."""
    signature = signatures_of(classifier, ServedWeights("float32", "graph")).strings()["serving_default"]
    return {name: value.numpy() for name, value in signature(tf.constant(TEXTS)).items()}


def test_the_graph_divides_by_the_temperature(build_classifier: Build) -> None:
    classifier = build_classifier(calibration=Calibration(150, 0.25))
    outputs, expected = served(classifier), classifier.classify(TEXTS)
    for row, answer in enumerate(expected):
        assert outputs["probabilities"][row].tolist() == pytest.approx(list(answer.probabilities.values()), abs=1e-6)
        assert outputs["label"][row].decode() == answer.label
    plain: list[Any] = build_classifier().classify(TEXTS)
    assert all(one.probability > other.probability for one, other in zip(expected, plain, strict=True))


def test_an_export_chooses_by_the_thresholds_and_tells_them(sets: TextClassifier, tmp_path: Path) -> None:
    version = export(sets, tmp_path / "sets", signatures=["strings"])
    expected: list[Any] = sets.classify(TEXTS)
    usual = [answer.labels for answer in _as_usual(expected)]
    found: list[Any] = SavedClassifier(version).classify(TEXTS, token_budget=16)
    assert [answer.labels for answer in found] == [answer.labels for answer in expected] != usual
    content = json.loads((version / CALIBRATION_FILE).read_text(encoding="utf-8"))
    assert Calibration.of(content) == sets.calibration


def _as_usual(answers: list[Any]) -> list[Any]:
    return [
        type(answer)(tuple(name for name, value in answer.probabilities.items() if value >= 0.5), answer.probabilities)
        for answer in answers
    ]


def test_a_client_takes_what_the_server_chose_and_refuses_what_no_threshold_can_choose(sets: TextClassifier) -> None:
    outputs = served(sets)
    names = np.array([[name.decode() for name in row] for row in outputs["labels"]], object)
    answers: list[Any] = classifications(outputs | {"labels": names})
    expected: list[Any] = sets.classify(TEXTS)
    assert [answer.labels for answer in answers] == [answer.labels for answer in expected]
    turned = ~outputs["chosen"]
    with pytest.raises(UnexpectedAnswer, match="contradicts its probabilities"):
        classifications(outputs | {"labels": names, "chosen": turned})
