"""The words of questions in a reader's report, by what the answer loses without each."""

from collections.abc import Sequence

import numpy as np

from bert_keras import insight, reporting
from bert_keras.insight.sentences import word_spans
from bert_keras.models import SpanExtractor

_QUESTION = 0


def coloured_questions(model: SpanExtractor, questions: Sequence[reporting.AnsweredQuestion]) -> list[reporting.Words]:
    """Divides questions into words and what stands between them.

    Args:
        model: The reader.
        questions: The questions.

    Returns:
        For each question its words, each with its share of the greatest fall of what was answered ("no answer" too),
        the sum of start and end logit, when a word of the question is masked; from -1 to 1.
    """
    return [_coloured(model, question) for question in questions]


def _coloured(model: SpanExtractor, asked: reporting.AnsweredQuestion) -> reporting.Words:
    seen = insight.attention(model, asked.question, asked.context)
    spans = [(start, end) for text, start, end in word_spans(seen.tokens) if text == _QUESTION]
    if not spans:
        return [(asked.question, 0.0)]
    drops = insight.masked_predictions(seen, range(len(spans))).drops(insight.target_of(seen))
    return reporting.divided_words(seen.tokens.first, spans, drops, float(np.abs(drops).max()))
