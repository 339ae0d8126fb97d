"""Classifiers that read the mean of the tokens: the same numbers in the model, its presets, views and exports."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertBackbone, TextClassifier, checkpoints, insight
from bert_keras.errors import InputError
from bert_keras.insight.architecture import architecture
from bert_keras.insight.forward import forward, outputs_of_embeddings
from bert_keras.insight.target import target_of
from bert_keras.serving.classifier_signatures import ClassifierSignatures
from bert_keras.serving.encoder import ServedWeights

TEXTS = ["the film was good", "bad", "a b c d e a b c d e", "", "un café!"]


@pytest.fixture(scope="module")
def by_mean(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    return build_classifier(backbone={"pooler": False}, pooling="unit_mean", labels=["a", "b", "c"])


def expected_logits(classifier: TextClassifier, texts: list[str]) -> np.ndarray:
    """Returns the logits by NumPy, from the last hidden states of one text at a time."""
    kernel, bias = (weights.astype(np.float64) for weights in classifier.output_dense.get_weights())
    found = []
    for text in texts:
        inputs = classifier.preprocessor([text])
        tokens = classifier.backbone(inputs, training=False)["sequence_output"]
        mean = np.asarray(tokens[0][: int(np.sum(inputs["padding_mask"]))], np.float64).mean(axis=0)
        found.append(mean / np.linalg.norm(mean) @ kernel + bias)
    return np.array(found)


def logits_of(classifier: TextClassifier, texts: list[str] = TEXTS) -> np.ndarray:
    return classifier.logits(classifier.preprocessor(texts)).numpy()


def test_logits_are_of_the_direction_of_the_mean_without_padding(by_mean: TextClassifier) -> None:
    np.testing.assert_allclose(logits_of(by_mean), expected_logits(by_mean, TEXTS), atol=1e-5)


def test_a_pooler_that_nothing_reads_changes_nothing_and_does_not_learn(
    build_classifier: Callable[..., TextClassifier],
) -> None:
    classifier = build_classifier(pooling="unit_mean")
    np.testing.assert_allclose(logits_of(classifier), expected_logits(classifier, TEXTS), atol=1e-5)
    assert not any("pooled_dense" in variable.path for variable in classifier.trainable_variables)


def test_a_preset_keeps_the_pooling(by_mean: TextClassifier, tmp_path: Path) -> None:
    by_mean.save_to_preset(str(tmp_path / "p"))
    loaded = TextClassifier.from_preset(str(tmp_path / "p"))
    assert loaded.pooling == "unit_mean"
    np.testing.assert_allclose(logits_of(loaded), logits_of(by_mean), rtol=0, atol=1e-6)


def test_another_pooling_gets_a_new_head_only_if_that_is_asked_for(classifier: TextClassifier, tmp_path: Path) -> None:
    preset = str(tmp_path / "p")
    classifier.save_to_preset(preset)
    with pytest.raises(InputError, match=r"pooling is cls.*Received: unit_mean.*new_head=True"):
        TextClassifier.from_preset(preset, pooling="unit_mean")
    changed = TextClassifier.from_preset(preset, pooling="unit_mean", new_head=True)
    np.testing.assert_allclose(logits_of(changed), expected_logits(changed, TEXTS), atol=1e-5)


def test_an_unknown_pooling_is_refused(build_classifier: Callable[..., TextClassifier]) -> None:
    with pytest.raises(InputError, match=r"pooling must be one of cls, unit_mean\. Received: 'max'"):
        build_classifier(pooling="max")


def test_adapters_keep_the_pooling_over_a_base_without_a_pooler(
    build_backbone: Callable[..., BertBackbone], build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    base = str(tmp_path / "base")
    build_classifier(backbone={"pooler": False}, pooling="unit_mean").save_to_preset(base)
    classifier = TextClassifier.from_preset(base)
    classifier.adapt(base, rank=2)
    for part in ("query", "output"):
        classifier.backbone.transformer_layers[1].low_rank(part).up.assign_add(
            tf.ones_like(classifier.backbone.transformer_layers[1].low_rank(part).up)
        )
    classifier.save_to_preset(str(tmp_path / "adapter"))
    loaded = TextClassifier.from_preset(str(tmp_path / "adapter"))
    assert (loaded.pooling, loaded.backbone.pooler) == ("unit_mean", False)
    np.testing.assert_allclose(logits_of(loaded), logits_of(classifier), atol=5e-3)  # kept in half precision
    with pytest.raises(InputError, match=r"PEFT's classifiers read \[CLS\].*Received: pooling 'unit_mean'"):
        checkpoints.save_peft(classifier, tmp_path / "peft")


def test_a_hugging_face_folder_is_refused_in_one_line(by_mean: TextClassifier, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"transformers' classifiers read \[CLS\].*Received: pooling 'unit_mean'"):
        checkpoints.save_hugging_face(by_mean, tmp_path / "hf")
    assert not (tmp_path / "hf").exists()


def test_the_export_answers_with_the_same_logits(by_mean: TextClassifier) -> None:
    served = ClassifierSignatures(by_mean, ServedWeights("float32", "graph")).strings()["serving_default"]
    for texts in (TEXTS, TEXTS[:1], TEXTS[:4]):  # with rows added to a round number, and without
        expected = tf.nn.softmax(expected_logits(by_mean, texts)).numpy()
        np.testing.assert_allclose(served(tf.constant(texts))["probabilities"], expected, atol=1e-6)


def test_the_forward_record_and_the_gradient_path_compute_the_same_logits(by_mean: TextClassifier) -> None:
    inputs = by_mean.preprocessor(TEXTS)
    expected = logits_of(by_mean)
    np.testing.assert_allclose(forward(by_mean, inputs).outputs, expected, atol=1e-5)
    words = by_mean.backbone.token_embedding(inputs["token_ids"])
    np.testing.assert_allclose(outputs_of_embeddings(by_mean, inputs, words)[:, 0], expected, atol=1e-5)


def test_attributions_are_from_all_tokens_on_average(by_mean: TextClassifier) -> None:
    seen = insight.attention(by_mean, "the film was good")
    target = target_of(seen)
    assert target.rows == tuple(range(6))
    raw = insight.attributions(seen, target, ("raw", "rollout", "integrated_gradients"))
    np.testing.assert_allclose(raw["raw"].values[-1], seen.weights[-1].mean(axis=(0, 1)), atol=1e-6)
    assert "from all tokens on average" in raw["raw"].note
    assert raw["rollout"].values[-1].sum() == pytest.approx(1, abs=1e-5)


def test_the_architecture_says_that_the_mean_is_read(by_mean: TextClassifier, classifier: TextClassifier) -> None:
    def said(model: Any) -> tuple[Any, ...]:
        found = architecture(model)
        return found["pooler"], found["pooling"], found["parameters"]["total"] == model.count_params()

    assert said(by_mean) == (False, "unit_mean", True)
    assert said(classifier) == (True, "cls", True)
