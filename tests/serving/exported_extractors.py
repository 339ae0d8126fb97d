"""Span extractors and their exports, as a server loads them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanAnswer, SpanExtractor
from bert_keras.serving import export
from bert_keras.serving.saved_extractor import span_answers


class ExportedExtractor:
    """A model, its export, and the export as a server loads it."""

    def __init__(self, extractor: SpanExtractor, base: Path) -> None:
        self.extractor = extractor
        self.version = export(extractor, base)
        self.loaded = tf.saved_model.load(str(self.version))

    def outputs(self, questions: Sequence[str | bytes], contexts: Sequence[str | bytes]) -> dict[str, np.ndarray]:
        """Makes one request."""
        feeds = {"question": tf.constant(questions, tf.string), "context": tf.constant(contexts, tf.string)}
        return {name: value.numpy() for name, value in self.loaded.signatures["serving_default"](**feeds).items()}

    def answers(self, questions: Sequence[str], contexts: Sequence[str]) -> list[SpanAnswer]:
        """Makes one request, and gives what it answered as `SpanExtractor.answer` would."""
        return list(span_answers(self.outputs(questions, contexts), contexts))


def assert_same_answers(received: Sequence[SpanAnswer], expected: Sequence[SpanAnswer]) -> None:
    """Texts and places must be the same, scores to 1e-5."""
    assert len(received) == len(expected)
    for one, other in zip(received, expected, strict=True):
        assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
        assert [(span.text, span.start, span.end) for span in one.n_best] == [
            (s.text, s.start, s.end) for s in other.n_best
        ]
        assert (one.score, one.null_odds) == pytest.approx((other.score, other.null_odds), abs=1e-5)
        assert [span.score for span in one.n_best] == pytest.approx([span.score for span in other.n_best], abs=1e-5)
