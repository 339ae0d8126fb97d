from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor
from bert_keras.errors import InputError
from bert_keras.insight import attention
from bert_keras.insight.document import read_document

Build = Callable[..., SpanExtractor]
QUESTION, CONTEXT = "the film ?", "café naive, the playing ! un b " * 4


def test_windows_cover_the_context_and_the_row_is_that_of_the_window_shown(extractor: SpanExtractor) -> None:
    inputs = extractor.preprocessor(([QUESTION], [CONTEXT]))
    for shown in range(len(inputs["token_ids"])):
        document, tokens = read_document(extractor, QUESTION, CONTEXT, shown)
        np.testing.assert_array_equal(tokens.ids, inputs["token_ids"][shown][: len(tokens)])
        window = document.windows[shown]
        assert (
            CONTEXT[window.start : window.end]
            == CONTEXT[document.token_starts[window.first_token] :][: window.end - window.start]
        )
        assert tokens.starts[window.row_place] == window.start
        assert (tokens.texts == 1).sum() == window.tokens
    assert document.windows[0].start == 0
    assert document.windows[-1].end == len(CONTEXT.rstrip())
    assert len(document.windows) > 2


@pytest.mark.parametrize("threshold", [None, 0.0])
def test_probabilities_are_one_softmax_over_the_document(threshold: float | None, build_extractor: Build) -> None:
    reader = build_extractor(null_threshold=threshold)
    document, _ = read_document(reader, QUESTION, CONTEXT)
    assert len(document.start_probabilities) == len(document.token_starts) == len(document.end_probabilities)
    total = document.start_probabilities.sum()
    assert total == pytest.approx(1, abs=1e-5) if threshold is None else 0 < total < 1


def test_in_a_single_window_probabilities_are_those_of_its_logits(extractor: SpanExtractor) -> None:
    context = "the film was good"
    document, tokens = read_document(extractor, QUESTION, context)
    logits = extractor.logits(tokens.inputs())
    of_context = tokens.texts == 1
    for name, found in (("start", document.start_probabilities), ("end", document.end_probabilities)):
        np.testing.assert_allclose(found, tf.nn.softmax(logits[name][0][of_context]), atol=1e-6)


def test_the_window_shown_holds_the_best_answer(extractor: SpanExtractor) -> None:
    document, tokens = read_document(extractor, QUESTION, CONTEXT)
    first, last = document.columns(document.answer.start, document.answer.end)
    assert (
        CONTEXT[tokens.starts[first] : tokens.ends[last]]
        == document.answer.text
        == extractor.answer(QUESTION, CONTEXT).text
    )
    assert tokens.texts[first] == tokens.texts[last] == 1


def test_a_span_beyond_the_window_shown_has_no_columns(extractor: SpanExtractor) -> None:
    document, _ = read_document(extractor, QUESTION, CONTEXT, 0)
    window = document.windows[0]
    assert document.columns(window.end - 1, window.end + 3) is None
    assert document.columns(window.start, window.end) == (window.row_place, window.row_place + window.tokens - 1)


def test_an_empty_context_has_one_empty_window(extractor: SpanExtractor) -> None:
    document, tokens = read_document(extractor, QUESTION, "")
    assert [(window.start, window.end, window.tokens) for window in document.windows] == [(0, 0, 0)]
    assert (len(document.start_probabilities), document.columns(0, 1)) == (0, None)
    assert tokens.pieces == ("[CLS]", "the", "film", "?", "[SEP]", "[SEP]")


def test_a_window_that_is_not_there_is_an_error(extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="has 1 windows, numbered from 0. Received: 4"):
        attention(extractor, QUESTION, "the film", window=4)
