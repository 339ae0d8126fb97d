from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertBackbone, Classification, TextClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.models import TextClassifierPreprocessor

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "bad", "a b c d e a b c d e", "", "un café!", "not good, not bad"]


def probabilities(classifier: TextClassifier, x: Any) -> np.ndarray:
    return tf.nn.softmax(classifier(classifier.preprocessor(x), training=False)).numpy()


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("mixed_bfloat16", 1e-2)])
def test_the_output_is_a_float32_logit_for_each_label(dtype: str, tolerance: float, build_classifier: Build) -> None:
    classifier = build_classifier(labels=["a", "b", "c"], backbone={"dtype": dtype})
    logits = classifier.logits(classifier.preprocessor(TEXTS))
    assert (logits.shape, logits.dtype) == ((6, 3), tf.float32)
    np.testing.assert_allclose(logits, classifier(classifier.preprocessor(TEXTS), training=False), atol=tolerance)


def test_an_answer_for_each_text_comes_in_the_order_of_the_texts(classifier: TextClassifier) -> None:
    answers = classifier.classify(TEXTS, token_budget=16)
    for text, answer in zip(TEXTS, answers, strict=True):
        expected = probabilities(classifier, [text])[0]
        np.testing.assert_allclose(list(answer.probabilities.values()), expected, atol=1e-6)
    assert len({round(answer.probability, 5) for answer in answers}) == len(TEXTS)


def test_an_answer_names_the_most_probable_label_and_all_probabilities(classifier: TextClassifier) -> None:
    answer = classifier.classify(["the film was good"])[0]
    expected = probabilities(classifier, ["the film was good"])[0]
    best = int(expected.argmax())
    assert isinstance(answer, Classification)
    assert answer.label == ("negative", "positive")[best]
    assert list(answer.probabilities) == ["negative", "positive"]
    assert answer.probability == answer.probabilities[answer.label] == pytest.approx(expected[best], abs=1e-6)
    assert sum(answer.probabilities.values()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("kind", [tuple, list])
def test_pairs_are_classified_as_pairs(kind: type, classifier: TextClassifier) -> None:
    pairs = [("good", "bad"), ("the film was", ""), ("a", "b c d")]
    answers = classifier.classify([kind(pair) for pair in pairs], token_budget=16)
    for (text, pair), answer in zip(pairs, answers, strict=True):
        expected = probabilities(classifier, ([text], [pair]))[0]
        np.testing.assert_allclose(list(answer.probabilities.values()), expected, atol=1e-6)


def test_no_texts_have_no_answers(classifier: TextClassifier) -> None:
    assert classifier.classify([]) == []


@pytest.mark.parametrize("token_budget", [1, 8, 24, 1000])
def test_what_goes_through_the_model_together_changes_no_answer(token_budget: int, classifier: TextClassifier) -> None:
    expected = [answer.probability for text in TEXTS for answer in classifier.classify([text])]
    found = [answer.probability for answer in classifier.classify(TEXTS, token_budget)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("inputs", "received"),
    [
        ("a text", "'a text'"),
        (3, "3"),
        (np.array(["a"]), "array"),
        (["a", 3], "3"),
        (["a", None], "None"),
        (["a", ("a", "b")], r"\('a', 'b'\)"),
        ([("a", "b"), "a"], "'a'"),
        ([("a", "b", "c")], r"\('a', 'b', 'c'\)"),
        ([("a",)], r"\('a',\)"),
        ([("a", None)], r"\('a', None\)"),
        ([b"a"], "b'a'"),
    ],
)
def test_what_is_no_list_of_texts_or_of_pairs_is_refused(
    inputs: Any, received: str, classifier: TextClassifier
) -> None:
    with pytest.raises(
        InputError, match=rf"expected a list of texts or of \(text, pair\) tuples.*{received}"
    ) as caught:
        classifier.classify(inputs)
    assert "\n" not in str(caught.value)


def test_a_model_of_pairs_refuses_single_texts(build_classifier: Build) -> None:
    with pytest.raises(InputError, match="takes .text, pair. tuples"):
        build_classifier(pairs=True).classify(["a"])


def test_without_a_preprocessor_strings_cannot_be_classified(build_classifier: Build) -> None:
    with pytest.raises(InputError, match="has no preprocessor"):
        build_classifier(preprocessor=None).classify(["a"])


@pytest.mark.parametrize("labels", [[], ["only"], ["a", "a"], "ab", ["a", 1], ["a", None]])
def test_labels_that_are_not_two_or_more_different_names_are_refused(labels: Any, build_classifier: Build) -> None:
    with pytest.raises(LabelError, match="labels must be at least two different names. Received: ") as caught:
        build_classifier(labels=labels)
    assert "\n" not in str(caught.value)


def test_a_backbone_without_a_pooler_is_refused(build_backbone: Callable[..., BertBackbone]) -> None:
    with pytest.raises(InputError, match="the backbone has no pooler; build it with pooler=True"):
        TextClassifier(build_backbone(pooler=False), ["a", "b"])


def test_a_max_length_beyond_the_positions_is_refused(build_classifier: Build) -> None:
    with pytest.raises(InputError, match=r"beyond the backbone's 16 positions\. Received: 17"):
        build_classifier(max_length=17)


def test_the_dropout_before_the_head_acts_in_training_alone(build_classifier: Build) -> None:
    still = {"dropout": 0.0, "attention_dropout": 0.0}
    for rate, differs in ((0.0, False), (0.5, True)):
        classifier = build_classifier(backbone=still, dropout=rate)
        inputs = classifier.preprocessor(TEXTS)
        plain, trained = (np.asarray(classifier(inputs, training=training)) for training in (False, True))
        assert bool(np.abs(plain - trained).max() > 1e-4) is differs


def test_the_configuration_comes_back_whole(build_classifier: Build) -> None:
    classifier = build_classifier(labels=["x", "y", "z"], dropout=0.3, pairs=True, backbone={"attention_dropout": 0.4})
    again = TextClassifier.from_config(classifier.get_config())
    assert (again.labels, again.dropout, again.pairs) == (("x", "y", "z"), 0.3, True)
    assert again.backbone.attention_dropout == 0.4
    assert isinstance(again.preprocessor, TextClassifierPreprocessor)
