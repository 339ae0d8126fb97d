import importlib

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.insight import Inspection, attention, masked_parts, masked_predictions, sentences_of, target_of
from bert_keras.insight.masking import masked_outputs

TEXT = "the film was good . not bad !"


@pytest.fixture(scope="module")
def inspection(classifier: TextClassifier) -> Inspection:
    return attention(classifier, TEXT)


def test_sentences_end_with_a_stop_and_a_space_at_line_ends_and_between_texts(classifier: TextClassifier) -> None:
    found = {
        text: [(each.first_word, each.end_word, each.start, each.end) for each in sentences_of(tokens)]
        for text in ("a film. not bad", "a b.c d", "a\nb", "(a.) b", "")
        for tokens in [attention(classifier, text).tokens]
    }
    assert found == {
        "a film. not bad": [(0, 3, 0, 7), (3, 5, 8, 15)],
        "a b.c d": [(0, 5, 0, 7)],
        "a\nb": [(0, 1, 0, 1), (1, 2, 2, 3)],
        "(a.) b": [(0, 4, 0, 4), (4, 5, 5, 6)],
        "": [],
    }
    pair = sentences_of(attention(classifier, "a film", "not bad").tokens)
    assert [(each.text, each.first_word, each.end_word) for each in pair] == [(0, 0, 2), (1, 2, 4)]


def test_each_word_of_a_short_text_is_masked(inspection: Inspection) -> None:
    made = masked_parts(inspection, target_of(inspection))
    assert made.sentences == ()
    np.testing.assert_array_equal(made.predictions.words, range(8))
    assert made.note == "Each of the 8 words was masked by itself."


def test_drops_are_the_fall_of_the_target(inspection: Inspection) -> None:
    target, made = target_of(inspection, "negative", "positive"), masked_predictions(inspection)
    logs = np.log(np.vstack([made.original, made.probabilities]))
    margins = logs[:, 0] - logs[:, 1]
    np.testing.assert_allclose(made.drops(target), margins[0] - margins[1:], atol=1e-5)


def test_in_a_long_text_sentences_are_masked_and_the_words_of_those_that_count(
    inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("bert_keras.insight.masked_parts")
    monkeypatch.setattr(module, "MOST_WORDS", 7)
    monkeypatch.setattr(module, "_SEARCHED_WORDS", 5)
    target, words = target_of(inspection), inspection.tokens.words
    made = masked_parts(inspection, target)
    hidden = np.array([words < -1, (words >= 0) & (words < 5), words >= 5])
    scores = target.score(masked_outputs(inspection, hidden)).numpy()
    np.testing.assert_allclose(made.sentence_drops, scores[0] - scores[1:], atol=1e-6)
    counts = int(np.argmax(np.abs(made.sentence_drops)))
    assert made.searched.tolist() == [counts == 0, counts == 1]
    assert made.predictions.words.tolist() == [[0, 1, 2, 3, 4], [5, 6, 7]][counts]
    assert f"the 1 whose masking changed the target most: {len(made.predictions.words)} of 8 words" in made.note
    every = masked_parts(inspection, target, every_word=True)
    np.testing.assert_array_equal(every.predictions.words, range(8))
