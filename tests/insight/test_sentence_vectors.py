import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.inspection import attention
from bert_keras.insight.sentence_vectors import sentence_vectors

TEXTS = ["the film was good!", "playing", "", "bad bad caf naive", "not a good film"]


def test_vectors_are_the_hidden_states_of_each_row_by_itself(classifier: TextClassifier) -> None:
    sets = {each.name: each for each in sentence_vectors(classifier, TEXTS, token_budget=16)}
    assert list(sets) == [
        "mean layer 0 (input)",
        "[CLS] layer 1",
        "mean layer 1",
        "[CLS] last layer (2)",
        "mean last layer (2)",
    ]
    for place, text in enumerate(TEXTS):
        alone = attention(classifier, text)
        content = ~alone.tokens.special if text else np.ones(len(alone.tokens), bool)
        states = alone.hidden_states
        np.testing.assert_allclose(sets["[CLS] last layer (2)"].vectors[place], states[2, 0], atol=2e-6)
        np.testing.assert_allclose(sets["[CLS] layer 1"].vectors[place], states[1, 0], atol=2e-6)
        np.testing.assert_allclose(sets["mean layer 1"].vectors[place], states[1, content].mean(axis=0), atol=2e-6)
        np.testing.assert_allclose(
            sets["mean layer 0 (input)"].vectors[place], states[0, content].mean(axis=0), atol=2e-6
        )


def test_columns_say_what_classify_says(classifier: TextClassifier) -> None:
    answers = classifier.classify(TEXTS)
    labels = ["positive", "negative", "positive", "negative", "negative"]
    (each, _) = sentence_vectors(classifier, TEXTS, [-1], labels)
    assert each.columns["prediction"] == [answer.label for answer in answers]
    assert each.columns["probability"] == pytest.approx([answer.probability for answer in answers], abs=1e-6)
    assert each.columns["text"] == TEXTS and each.columns["label"] == labels and each.colour == "label"


def test_a_stream_is_sampled_and_what_is_left_out_is_counted(classifier: TextClassifier) -> None:
    (cls, mean) = sentence_vectors(classifier, (f"a b {'c ' * (place % 5)}" for place in range(50)), [2], most=8)
    assert cls.left_out == mean.left_out == 42 and cls.vectors.shape == (8, 8)


def test_pairs_are_read_as_pairs(build_classifier) -> None:
    classifier = build_classifier(pairs=True)
    (cls, _) = sentence_vectors(classifier, [("the film", "was good"), ("a", "b c")], [-1])
    np.testing.assert_allclose(
        cls.vectors[0], attention(classifier, "the film", "was good").hidden_states[2, 0], atol=2e-6
    )
    with pytest.raises(InputError, match="takes .text, pair. tuples"):
        sentence_vectors(classifier, ["the film"])


def test_a_readers_points_are_windows(extractor: SpanExtractor) -> None:
    context = "the film was good . " * 8
    (cls, _) = sentence_vectors(extractor, [("good ?", context), ("bad ?", "a b c")], [-1], [["good"], []])
    windows = cls.columns["window"]
    assert windows[-1] == "1 of 1" and windows[:-1] == [
        f"{place + 1} of {len(windows) - 1}" for place in range(len(windows) - 1)
    ]
    first = attention(extractor, "good ?", context, window=0)
    np.testing.assert_allclose(cls.vectors[0], first.hidden_states[2, 0], atol=2e-6)
    assert cls.columns["text"] == ["good ?"] * (len(windows) - 1) + ["bad ?"]


@pytest.mark.parametrize("layers", [[3], [-4], []])
def test_layers_that_are_not_there_are_refused(layers: list[int], classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="from 0, the input, to 2"):
        sentence_vectors(classifier, TEXTS, layers)
