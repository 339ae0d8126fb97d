import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

from bert_keras import TextClassifier, insight
from bert_keras.checkpoints import save_hugging_face
from bert_keras.classification import Calibration
from bert_keras.errors import InputError

TEXTS = ["the film was good", "not a good film", "bad", "café 2 . !"]
TEMPERATURE = Calibration(150, 0.4, None, 0.9, 0.99)
THRESHOLDS = Calibration(150, thresholds=(0.02, 0.98))
Build = Callable[..., TextClassifier]


@pytest.fixture(scope="module")
def warm(build_classifier: Build) -> TextClassifier:
    return build_classifier(calibration=TEMPERATURE)


def logits_of(classifier: TextClassifier) -> np.ndarray:
    return np.concatenate([np.asarray(classifier.logits(classifier.preprocessor(np.array([text])))) for text in TEXTS])


def table(classifier: TextClassifier) -> np.ndarray:
    answers: list[Any] = classifier.classify(TEXTS)
    return np.array([list(answer.probabilities.values()) for answer in answers])


def test_answers_are_by_the_temperature_and_logits_stay(warm: TextClassifier, classifier: TextClassifier) -> None:
    np.testing.assert_allclose(logits_of(warm), logits_of(classifier), rtol=0, atol=1e-6)
    np.testing.assert_allclose(table(warm), softmax(logits_of(warm) / 0.4, axis=1), rtol=1e-5)
    assert [answer.label for answer in warm.classify(TEXTS)] == [answer.label for answer in classifier.classify(TEXTS)]
    assert list(warm.classify_stream(TEXTS)) == warm.classify(TEXTS)


def test_what_is_shown_of_a_text_has_the_same_probabilities(warm: TextClassifier) -> None:
    inspection = insight.attention(warm, TEXTS[0])
    np.testing.assert_allclose(insight.masked_predictions(inspection).original, table(warm)[0], rtol=1e-5)


def test_a_preset_keeps_the_calibration(warm: TextClassifier, tmp_path: Path) -> None:
    warm.save_to_preset(str(tmp_path / "warm"))
    again = TextClassifier.from_preset(str(tmp_path / "warm"))
    assert again.calibration == TEMPERATURE
    np.testing.assert_allclose(table(again), table(warm), rtol=0, atol=1e-6)
    assert TextClassifier.from_preset(str(tmp_path / "warm"), labels=["no", "yes"]).calibration == TEMPERATURE
    new = TextClassifier.from_preset(str(tmp_path / "warm"), labels=["a", "b", "c"], new_head=True)
    assert new.calibration is None


def test_thresholds_go_with_their_labels(build_classifier: Build, tmp_path: Path) -> None:
    build_classifier(task="multi_label", calibration=THRESHOLDS).save_to_preset(str(tmp_path / "model"))
    turned = TextClassifier.from_preset(str(tmp_path / "model"), labels=["positive", "negative"], new_head=True)
    assert turned.thresholds == pytest.approx((0.98, 0.02))
    other = TextClassifier.from_preset(str(tmp_path / "model"), labels=["positive", "new"], new_head=True)
    assert other.thresholds is None


def test_a_preset_of_before_has_none_and_answers_as_before(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.save_to_preset(str(tmp_path / "old"))
    config = json.loads((tmp_path / "old" / "task.json").read_text(encoding="utf-8"))
    assert config["config"].pop("calibration") is None
    (tmp_path / "old" / "task.json").write_text(json.dumps(config), encoding="utf-8")
    again = TextClassifier.from_preset(str(tmp_path / "old"))
    assert again.calibration is None
    np.testing.assert_allclose(table(again), table(classifier), rtol=0, atol=1e-6)


def test_thresholds_decide_in_memory(build_classifier: Build) -> None:
    classifier = build_classifier(task="multi_label", calibration=THRESHOLDS)
    for answer in classifier.classify(TEXTS):
        chosen = [name for (name, value), least in zip(answer.probabilities.items(), (0.02, 0.98), strict=True)
                  if value >= np.float32(least)]  # fmt: skip
        assert list(answer.labels) == chosen
    assert classifier.classify(TEXTS) != build_classifier(task="multi_label").classify(TEXTS)


def test_an_adapter_keeps_the_calibration(warm: TextClassifier, build_classifier: Build, tmp_path: Path) -> None:
    build_classifier().save_to_preset(str(tmp_path / "base"))
    adapted = TextClassifier.from_preset(str(tmp_path / "base"))
    adapted.adapt(str(tmp_path / "base"), rank=2)
    adapted.calibration = TEMPERATURE
    adapted.save_to_preset(str(tmp_path / "adapter"))
    assert TextClassifier.from_preset(str(tmp_path / "adapter")).calibration == TEMPERATURE


def test_training_discards_the_calibration_of_other_weights(build_classifier: Build) -> None:
    rows = tf.data.Dataset.from_tensor_slices((TEXTS, [0, 1, 1, 0])).batch(4)
    fitted, by_batch = build_classifier(calibration=TEMPERATURE), build_classifier(calibration=TEMPERATURE)
    for classifier in (fitted, by_batch):
        classifier.compile(run_eagerly=True)  # to trace a graph takes longer than a step
    fitted.fit(rows, verbose=0)
    assert fitted.calibration is None
    by_batch.train_on_batch(by_batch.preprocessor(np.array(TEXTS)), np.array([0, 1, 1, 0]))
    assert by_batch.calibration is None


def test_a_hugging_face_folder_gives_the_same_probabilities(warm: TextClassifier, tmp_path: Path) -> None:
    save_hugging_face(warm, tmp_path / "folder")
    again = TextClassifier.from_preset(str(tmp_path / "folder"))
    assert again.calibration is None
    np.testing.assert_allclose(table(again), table(warm), rtol=1e-4)


def test_thresholds_that_a_hugging_face_folder_cannot_hold_are_told(
    build_classifier: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_hugging_face(build_classifier(task="multi_label", calibration=THRESHOLDS), tmp_path / "folder")
    assert "thresholds are left out" in caplog.text


@pytest.mark.parametrize(
    ("task", "labels", "calibration"),
    [
        ("single_label", ["a", "b"], THRESHOLDS),
        ("multi_label", ["a", "b"], TEMPERATURE),
        ("multi_label", ["a", "b", "c"], THRESHOLDS),
        ("regression", [], TEMPERATURE),
    ],
)
def test_the_calibration_of_another_kind_of_model_is_refused(
    build_classifier: Build, task: str, labels: list[str], calibration: Calibration
) -> None:
    with pytest.raises(InputError, match="Received"):
        build_classifier(task=task, labels=labels, calibration=calibration)
