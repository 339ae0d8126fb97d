"""What a span extractor says about a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.qa.places import TokenPlaces
from bert_keras.qa.spans import DocumentSpans


@dataclass(frozen=True, slots=True)
class SpanCandidate:
    """A span that may be the answer.

    Attributes:
        text: The span, `context[start:end]`.
        start: Its first code point in the context.
        end: One past its last.
        score: Its probability among all spans of the document and, for a model that knows of questions without answer,
            none.
    """

    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class SpanAnswer:
    """The answer to a question.

    Attributes:
        text: The answer, `context[start:end]`; empty where the context holds none.
        start: Its first code point in the context; 0 where there is none.
        end: One past its last; 0 where there is none.
        score: Its probability; where there is no answer, that there is none.
        null_odds: By how much the logits of "no answer" are above those of the best span.
        n_best: The best spans, the best one first, whatever the threshold for "no answer".
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
    """Turns spans of tokens into answers.

    Args:
        spans: Of each question.
        contexts: Of each question.
        places: Where their tokens stand.
        null_threshold: Above which null odds there is no answer; None where there always is one.

    Yields:
        An answer for each question.
    """
    there = np.isfinite(spans.scores)
    # Of what is not there any token will do.
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
