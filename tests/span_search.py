"""Answers by a plain search over all spans of all windows of a document: what a span extractor is held against."""

import math
from typing import Any, NamedTuple

import numpy as np
from word_search import end_with_marks, levels_of

from bert_keras.models import SpanExtractor


class Found(NamedTuple):
    """A span with its places in code points, its score, and its probability."""

    start: int
    end: int
    score: float
    probability: float


class Searched(NamedTuple):
    """All spans of a document, best first, and what "no answer" has.

    `listed` are the spans that overlap no better one.
    """

    spans: list[Found]
    listed: list[Found]
    null: float
    null_probability: float


def context_around(token: int, begin: int, length: int) -> float:
    """How much of the context a window holds around a token of it, as in the BERT release's run_squad.py."""
    return min(token - begin, begin + length - 1 - token) + 0.01 * length


def best_window(token: int, windows: list[tuple[int, int, int]]) -> int:
    """The first window with the most context around a token."""
    holding = [place for place, (begin, length, _) in enumerate(windows) if begin <= token < begin + length]
    return max(holding, key=lambda place: (context_around(token, *windows[place][:2]), -place))


def search(
    extractor: SpanExtractor, question: str, context: str, with_null: bool = False, logits: Any = None
) -> Searched:
    """Searches.

    Args:
        extractor: With a preprocessor.
        question: The question.
        context: The context.
        with_null: Whether "no answer" has a share of the probability.
        logits: Makes "start" and "end" of inputs instead of the extractor.

    Returns:
        All spans that are allowed.
    """
    documents = extractor.preprocessor.documents([question], [context])
    columns = (values.numpy().tolist() for values in documents.windows[1:])
    windows = list(zip(*columns, strict=True))
    starts, ends = (values.to_list()[0] for values in (documents.starts, documents.ends))
    levels, least = [*levels_of(context, starts, ends), 2], 1 if extractor.part_words else 2
    stop = 4 if extractor.across_paragraphs else 3
    made = (logits or extractor.logits)(extractor.preprocessor(([question], [context])))
    start_logits, end_logits = (np.asarray(made[name], np.float64) for name in ("start", "end"))
    spans = []
    for place, (begin, length, column) in enumerate(windows):
        for first in range(begin, begin + length):
            if best_window(first, windows) != place or levels[first] < least:
                continue
            for last in range(first, min(first + extractor.max_answer_tokens, begin + length)):
                if last > first and levels[last] >= stop:
                    break
                if levels[last + 1] < least:
                    continue
                score = start_logits[place, column + first - begin] + end_logits[place, column + last - begin]
                spans.append((starts[first], end_with_marks(context, ends[last]), float(score), place))
    null = float((start_logits[:, 0] + end_logits[:, 0]).min())
    scores = [score for _, _, score, _ in spans] + [null] * with_null
    highest = max(scores, default=0.0)
    total = sum(math.exp(score - highest) for score in scores) or 1.0
    found = [(Found(start, end, score, math.exp(score - highest) / total), place) for start, end, score, place in spans]
    found.sort(key=lambda of: -of[0].score)
    by_window = [apart([span for span, place in found if place == window]) for window in range(len(windows))]
    return Searched(
        [span for span, _ in found],
        apart(sorted((span for spans in by_window for span in spans), key=lambda span: -span.score)),
        null,
        math.exp(null - highest) / total if with_null else 0.0,
    )


def apart(spans: list[Found]) -> list[Found]:
    """The spans of a list that overlap none before them."""
    kept: list[Found] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return kept
