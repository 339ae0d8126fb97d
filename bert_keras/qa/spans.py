"""The results of span decoding, as NumPy arrays or as TensorFlow tensors."""

from typing import Any, NamedTuple

NO_SPAN_ODDS = 1e4
"""The null odds of a document without spans: finite, so that JSON can represent it, and larger than logits get."""


class WindowBounds(NamedTuple):
    """Where the spans of windows may begin and end, all `[windows, longest]`, with a column for each context token.

    Attributes:
        may_begin: Whether a span may begin with the token, bool.
        may_end: Whether a span may end with the token, bool.
        reach: The number of tokens from this one to the end of the part of the text that it is in, itself included,
            int64: the most that a span has which begins with it.
    """

    may_begin: Any
    may_end: Any
    reach: Any


class Candidates(NamedTuple):
    """The n-best spans of each window, best first; none overlaps another.

    Candidates of several chunks of windows can be concatenated field by field along axis 0.

    Attributes:
        scores: The start logit plus the end logit, `[windows, n_best]` float32; -inf for a missing span.
        starts: The first token of the span in its document's context, `[windows, n_best]` int64; 0 for a missing span.
        ends: The last token of the span, inclusive, `[windows, n_best]` int64; -1 for a missing span.
        nulls: The null score, the start logit plus the end logit of `[CLS]`, `[windows]` float32.
        totals: The log-sum-exp of the scores of all allowed spans, `[windows]` float32; -inf where there are none.
    """

    scores: Any
    starts: Any
    ends: Any
    nulls: Any
    totals: Any


class DocumentSpans(NamedTuple):
    """The n-best spans of each document (a question with its context) over all its windows, best first.

    No span overlaps another. What overlaps a better span of its window is left out first, then of each window's n-best
    spans what overlaps a better one of another window.

    Attributes:
        scores: The start logit plus the end logit, `[documents, n_best]` float32; -inf for a missing span.
        starts: The first token of the span in the context, `[documents, n_best]` int64; 0 for a missing span.
        ends: The last token of the span, inclusive, `[documents, n_best]` int64; -1 for a missing span.
        probabilities: The softmax over all allowed spans of the document, overlapping ones too, and over the null
            score if `with_null` was set, `[documents, n_best]` float32; 0 for a missing span.
        nulls: The lowest null score of the document's windows, `[documents]` float32; 0 for a document without windows.
        null_odds: The null score minus the best span's score, `[documents]` float32, clipped to ±`NO_SPAN_ODDS`;
            `NO_SPAN_ODDS` where there is no span.
        null_probability: The null score's probability in the same softmax, `[documents]` float32; 0 if not included.
        totals: The logarithm of the softmax's denominator, `[documents]` float32; 0 for an empty sum.
    """

    scores: Any
    starts: Any
    ends: Any
    probabilities: Any
    nulls: Any
    null_odds: Any
    null_probability: Any
    totals: Any
