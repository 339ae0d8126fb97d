from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import attention, masked_predictions, replaced, target_of

TEXT = "the playing films"  # the, play ##ing, film ##s


def test_each_word_is_masked_in_all_its_pieces(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    assert inspection.tokens.pieces == ("[CLS]", "the", "play", "##ing", "film", "##s", "[SEP]")
    found = masked_predictions(inspection)
    assert found.words.tolist() == [0, 1, 2]
    assert found.span_scores is None
    ids = inspection.tokens.ids.copy()
    ids[2:4] = classifier.preprocessor.tokenizer.token_to_id("[MASK]")
    logits = classifier.logits(inspection.tokens.inputs() | {"token_ids": tf.constant([ids], tf.int32)})
    np.testing.assert_allclose(found.probabilities[1], tf.nn.softmax(logits)[0], atol=1e-6)
    assert np.abs(found.probabilities[1] - found.original).max() > 1e-3


def test_the_original_is_what_the_model_says_of_the_text(classifier: TextClassifier) -> None:
    found = masked_predictions(attention(classifier, TEXT, "bad"))
    assert len(found.words) == 4  # of both texts
    known = classifier.classify([(TEXT, "bad")])[0].probabilities
    np.testing.assert_allclose(found.original, list(known.values()), atol=1e-6)


def test_multi_label_and_regression_have_their_own_numbers(build_classifier: Callable[..., TextClassifier]) -> None:
    model = build_classifier(labels=["x", "y", "z"], task="multi_label")
    found = masked_predictions(attention(model, TEXT))
    assert found.probabilities.shape == (3, 3)
    np.testing.assert_allclose(found.original, list(model.classify([TEXT])[0].probabilities.values()), atol=1e-6)
    model = build_classifier(labels=(), task="regression")
    found = masked_predictions(attention(model, TEXT))
    assert found.probabilities.shape == (3, 1)
    assert found.original.tolist() == pytest.approx([model.classify([TEXT])[0].score], abs=1e-5)


def test_chosen_words_alone_may_be_masked(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    every, some = masked_predictions(inspection), masked_predictions(inspection, [2, 0])
    assert some.words.tolist() == [2, 0]
    np.testing.assert_allclose(some.probabilities, every.probabilities[[2, 0]], atol=1e-6)
    with pytest.raises(InputError, match="words 0 to 2. Received: 3"):
        masked_predictions(inspection, [1, 3])


def test_of_a_reader_the_answers_probability_is_followed(extractor: SpanExtractor) -> None:
    inspection = attention(extractor, "the film ?", "café naive, the playing ! un b")
    rows, logits = target_of(inspection).rows, inspection.logits
    found = masked_predictions(inspection)
    start, end = (tf.nn.softmax(logits[name]).numpy() for name in ("start", "end"))
    assert found.original == pytest.approx(float(start[rows[0]] * end[rows[-1]]), abs=1e-6)
    assert found.probabilities is None
    assert found.span_scores.shape == (inspection.tokens.words.max() + 1,)
    assert ((found.span_scores >= 0) & (found.span_scores <= 1)).all()
    assert np.ptp(found.span_scores) > 1e-4


def test_a_text_without_words_has_nothing_to_mask(classifier: TextClassifier) -> None:
    found = masked_predictions(attention(classifier, ""))
    assert found.probabilities.shape == (0, 2)
    assert found.original.sum() == pytest.approx(1)


def test_words_are_replaced_in_either_text(classifier: TextClassifier) -> None:
    before, after = replaced(
        classifier, "the film was good", "a good play", replacements={"good": "bad", "film": "play"}
    )
    assert (before.tokens.first, before.tokens.second) == ("the film was good", "a good play")
    assert (after.tokens.first, after.tokens.second) == ("the play was bad", "a bad play")
    np.testing.assert_allclose(after.logits, attention(classifier, "the play was bad", "a bad play").logits, atol=1e-6)


def test_words_can_change_places_and_be_taken_out(classifier: TextClassifier) -> None:
    after = replaced(classifier, "good film, bad play", replacements={"good": "bad", "bad": "good", ", ": " "}).after
    assert after.tokens.first == "bad film good play"
    assert replaced(classifier, "not good", replacements={"not ": ""}).after.tokens.first == "good"


def test_whole_words_alone_are_replaced(classifier: TextClassifier) -> None:
    assert replaced(classifier, "play playing", replacements={"play": "film"}).after.tokens.first == "film playing"
    with pytest.raises(InputError, match="no whole word: 'pla'"):
        replaced(classifier, "play playing", replacements={"pla": "film"})


def test_a_replacement_is_no_pattern(classifier: TextClassifier) -> None:
    assert replaced(classifier, "film a.b", replacements={"a.b": r"\1"}).after.tokens.first == r"film \1"


def test_nothing_to_replace_is_refused(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="nothing to replace"):
        replaced(classifier, "film", replacements={})
    with pytest.raises(InputError, match="an empty word"):
        replaced(classifier, "film", replacements={"": "a"})
