"""The answers of a span extractor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.qa.places import TokenPlaces
from bert_keras.qa.spans import DocumentSpans


@dataclass(frozen=True, slots=True)
class SpanCandidate:
    """A span of the context that may be the answer.

    Attributes:
        text: The span, `context[start:end]`.
        start: The index of its first code point in the context.
        end: The index after its last code point.
        score: Its probability among all spans of the document and, for a model with a null threshold, "no answer".
    """

    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class SpanAnswer:
    """The answer to a question.

    Attributes:
        text: The answer, `context[start:end]`; empty if there is no answer.
        start: The index of its first code point in the context; 0 if there is no answer.
        end: The index after its last code point; 0 if there is no answer.
        score: The probability of the answer, or of "no answer".
        null_odds: The score (start logit plus end logit) of "no answer" minus that of the best span.
        n_best: The best spans, best first, independent of the null threshold.
    """

    text: str
    start: int
    end: int
    score: float
    null_odds: float
    n_best: tuple[SpanCandidate, ...]


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
    for row, (starts, ends, scores, count) in enumerate(rows):
        context = contexts[row]
        n_best = tuple(
            SpanCandidate(context[start:end], start, end, score)
            for start, end, score in zip(starts[:count], ends[:count], scores[:count], strict=True)
        )
        null_odds = float(spans.null_odds[row])
        if not n_best or (null_threshold is not None and null_odds > null_threshold):
            yield SpanAnswer("", 0, 0, float(spans.null_probability[row]), null_odds, n_best)
        else:
            best = n_best[0]
            yield SpanAnswer(best.text, best.start, best.end, best.score, null_odds, n_best)
