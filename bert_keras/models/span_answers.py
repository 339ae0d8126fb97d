"""The answers of a span extractor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.qa.places import TokenPlaces
from bert_keras.qa.spans import DocumentSpans
from bert_keras.text.sentence_splitter import sentence_around, sentences


@dataclass(frozen=True, slots=True)
class SpanCandidate:
    """A span of the context that may be the answer.

    Attributes:
        text: The span, `context[start:end]`.
        start: The index of its first code point in the context.
        end: The index after its last code point.
        score: Its probability among all spans of the document and, for a model with a null threshold, "no answer".
        sentence_start: The index of the first code point of the sentence that it is in, or of the first of several.
        sentence_end: The index after the last code point of that sentence, or of the last of several.
    """

    text: str
    start: int
    end: int
    score: float
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class SpanAnswer:
    """The answer to a question.

    Attributes:
        text: The answer, `context[start:end]`; empty if there is no answer.
        start: The index of its first code point in the context; 0 if there is no answer.
        end: The index after its last code point; 0 if there is no answer.
        score: The probability of the answer, or of "no answer".
        null_odds: The score (start logit plus end logit) of "no answer" minus that of the best span.
        n_best: The best spans, best first, independent of the null threshold; none overlaps another.
        sentence_start: The index of the first code point of the sentence that the answer is in; 0 if there is none.
        sentence_end: The index after the last code point of that sentence; 0 if there is no answer.
    """

    text: str
    start: int
    end: int
    score: float
    null_odds: float
    n_best: tuple[SpanCandidate, ...]
    sentence_start: int
    sentence_end: int


class ContextSentences:
    """Finds the sentences that spans of contexts are in; neighbours with the same context are split once."""

    def __init__(self) -> None:
        self._context: str | None = None
        self._sentences: list[tuple[int, int]] = []

    def candidate(self, context: str, start: int, end: int, score: float) -> SpanCandidate:
        """Returns a span of a context with its sentence.

        Args:
            context: The context.
            start: The index of its first code point.
            end: The index after its last code point.
            score: Its probability.

        Returns:
            The candidate.
        """
        if context != self._context:
            self._context, self._sentences = context, sentences(context)
        return SpanCandidate(context[start:end], start, end, score, *sentence_around(self._sentences, start, end))


def chosen_answer(n_best: tuple[SpanCandidate, ...], declined: bool, null: float, null_odds: float) -> SpanAnswer:
    """Returns the best candidate as an answer, or that there is none.

    Args:
        n_best: The candidates, best first.
        declined: Whether there is no answer though there are candidates.
        null: The probability of "no answer".
        null_odds: The score of "no answer" minus that of the best candidate.

    Returns:
        The answer.
    """
    if declined or not n_best:
        return SpanAnswer("", 0, 0, null, null_odds, n_best, 0, 0)
    best = n_best[0]
    return SpanAnswer(
        best.text, best.start, best.end, best.score, null_odds, n_best, best.sentence_start, best.sentence_end
    )


def answers_of(
    spans: DocumentSpans, contexts: Sequence[str], places: TokenPlaces, null_threshold: float | None
) -> Iterator[SpanAnswer]:
    """Converts spans of tokens to answers.

    Args:
        spans: The best spans of each question.
        contexts: The context of each question.
        places: The positions of the contexts' tokens.
        null_threshold: The null odds above which there is no answer. `None` means that there always is one.

    Yields:
        One answer per question, in order.
    """
    there = np.isfinite(spans.scores)
    # A missing span is given token 0, and left out below.
    tokens = (np.where(there, places.firsts[:, np.newaxis] + of, 0) for of in (spans.starts, spans.ends))
    of_starts, of_ends = (
        values[of] if len(values) else of for values, of in zip((places.starts, places.ends), tokens, strict=True)
    )
    rows = zip(
        of_starts.tolist(), of_ends.tolist(), spans.probabilities.tolist(), there.sum(axis=1).tolist(), strict=True
    )
    of_contexts = ContextSentences()
    for row, (starts, ends, scores, count) in enumerate(rows):
        spans_here = zip(starts[:count], ends[:count], scores[:count], strict=True)
        n_best = tuple(of_contexts.candidate(contexts[row], *span) for span in spans_here)
        null_odds = float(spans.null_odds[row])
        declined = null_threshold is not None and null_odds > null_threshold
        yield chosen_answer(n_best, declined, float(spans.null_probability[row]), null_odds)
