import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.insight import attention, integrated_gradients, target_of, word_attributions

TEXTS = ["the playing films", "Not good, a bad café!", ""]


def test_the_words_of_many_texts_are_those_of_each_alone(classifier: TextClassifier) -> None:
    for text, made in zip(TEXTS, word_attributions(classifier, TEXTS), strict=True):
        seen = attention(classifier, text)
        alone = integrated_gradients(classifier, seen.tokens, target_of(seen))
        words = seen.tokens.words
        sums = [alone.values[words == word].sum() for word in range(words.max() + 1)]
        np.testing.assert_allclose(made.values, sums, atol=1e-5)
        assert made.gap == pytest.approx(alone.gap, abs=1e-5)
        assert made.label == classifier.labels[int(np.argmax(seen.logits))]
        assert [text[start:end] for start, end in zip(made.starts, made.ends, strict=True)] == list(made.words)
    assert word_attributions(classifier, [TEXTS[1]])[0].words == ("Not", "good", ",", "a", "bad", "café", "!")


def test_another_label_and_pairs_can_be_asked_for(classifier: TextClassifier) -> None:
    (made,) = word_attributions(classifier, [("a film", "bad")], ["negative"])
    assert (made.label, made.texts, made.words) == ("negative", (0, 0, 1), ("a", "film", "bad"))


def test_labels_that_do_not_fit_are_refused(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="2 texts, 1 labels"):
        word_attributions(classifier, TEXTS[:2], ["negative"])
    with pytest.raises(LabelError, match="negative, positive. Received: 'neutral'"):
        word_attributions(classifier, TEXTS[:1], ["neutral"])
