from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.insight import attention, forward, target_of
from bert_keras.insight.target import best_columns

QUESTION, CONTEXT = "the film ?", "café naive, the playing ! un b " * 4


def test_by_itself_the_predicted_label_is_explained(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "the film was good")
    target = target_of(inspection)
    assert (target.label, target.rows) == (int(np.argmax(inspection.logits)), (0,))
    assert target.title == f"label {classifier.labels[target.label]}"


def test_any_other_label_can_be_explained(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "the film was good")
    outputs = forward(classifier, inspection.tokens.inputs()).outputs
    for place, label in enumerate(classifier.labels):
        target = target_of(inspection, label)
        assert float(target.score(outputs)[0]) == pytest.approx(inspection.logits[place], abs=1e-6)
    with pytest.raises(LabelError, match="labels are negative, positive. Received: 'neutral'"):
        target_of(inspection, "neutral")


def test_of_a_regression_the_number_is_explained(build_classifier: Callable[..., TextClassifier]) -> None:
    inspection = attention(build_classifier(labels=(), task="regression"), "the film")
    assert target_of(inspection).label == 0
    with pytest.raises(LabelError, match="it is a regression"):
        target_of(inspection, "good")


def test_of_a_reader_start_and_end_of_its_answer_are_explained(extractor: SpanExtractor) -> None:
    inspection = attention(extractor, QUESTION, CONTEXT)
    target, tokens = target_of(inspection), inspection.tokens
    answer = CONTEXT[tokens.starts[target.rows[0]] : tokens.ends[target.rows[-1]]]
    assert answer == extractor.answer(QUESTION, CONTEXT).text
    outputs = forward(extractor, tokens.inputs()).outputs
    known = inspection.logits["start"][target.rows[0]] + inspection.logits["end"][target.rows[-1]]
    assert float(target.score(outputs)[0]) == pytest.approx(known, abs=1e-5)
    with pytest.raises(LabelError, match="a reader has no labels"):
        target_of(inspection, "good")


def test_of_a_reader_that_declines_no_answer_is_explained(build_extractor: Callable[..., SpanExtractor]) -> None:
    inspection = attention(build_extractor(null_threshold=-1e3), QUESTION, CONTEXT)
    assert inspection.document.answer.text == ""
    target = target_of(inspection)
    assert (target.title, target.rows) == ("no answer", (0,))


def test_in_a_window_without_the_answer_its_own_best_span_is_explained(extractor: SpanExtractor) -> None:
    best = attention(extractor, QUESTION, CONTEXT).document.shown
    other = attention(extractor, QUESTION, CONTEXT, window=2 if best == 0 else 0)
    target = target_of(other)
    assert target.title == "the best span of this window"
    assert target.rows == tuple(dict.fromkeys(best_columns(other.logits["start"], other.logits["end"])))


def test_the_best_columns_are_those_of_an_exhaustive_search() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        start, end = random.normal(size=(2, 6)).astype(np.float32)
        start[1:3] = end[1:3] = -1e9
        allowed = [(0, 0), *((first, last) for first in range(1, 6) for last in range(first, 6))]
        assert best_columns(start, end) == max(allowed, key=lambda pair: start[pair[0]] + end[pair[1]])


def test_texts_must_be_those_that_the_model_reads(classifier: TextClassifier, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="a reader needs a context"):
        attention(extractor, QUESTION)
    with pytest.raises(InputError, match="only the contexts of readers have windows"):
        attention(classifier, "the film", window=0)


def test_a_label_is_explained_against_another_one(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "the film was good")
    target = target_of(inspection, label="negative", against="positive")
    outputs = forward(classifier, inspection.tokens.inputs()).outputs
    assert target.title == "label negative rather than positive"
    assert float(target.score(outputs)[0]) == pytest.approx(inspection.logits[0] - inspection.logits[1], abs=1e-6)
    with pytest.raises(LabelError, match="two different ones. Received: 'positive'"):
        target_of(inspection, "positive", "positive")
    with pytest.raises(LabelError, match="Received: 'neutral'"):
        target_of(inspection, "positive", "neutral")
