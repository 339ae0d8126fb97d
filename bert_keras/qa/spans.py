"""What decoding gives, as NumPy arrays or as TensorFlow tensors alike."""

from typing import Any, NamedTuple

# The null odds of a document that has no span: finite, so that JSON can hold it, and beyond what logits reach.
NO_SPAN_ODDS = 1e4


class Candidates(NamedTuple):
    """The best spans of each window, best first.

    Candidates of chunks of windows are joined field by field along axis 0.

    Attributes:
        scores: Start logit plus end logit, `[windows, n_best]` float32; -inf where a window has no further span.
        starts: First token of the span in its document's context, `[windows, n_best]` int64; 0 where there is no span.
        ends: Last token of the span, inclusive, `[windows, n_best]` int64; -1 where there is no span.
        nulls: Start logit plus end logit of `[CLS]`, `[windows]` float32.
        totals: Log of the sum of the exponentials of the scores of all allowed spans, `[windows]` float32; -inf where
            there are none.
    """

    scores: Any
    starts: Any
    ends: Any
    nulls: Any
    totals: Any


class DocumentSpans(NamedTuple):
    """The best spans of each document (a question with its context) over all its windows, best first.

    Attributes:
        scores: Start logit plus end logit, `[documents, n_best]` float32; -inf where a document has no further span.
        starts: First token of the span in the context, `[documents, n_best]` int64; 0 where there is no span.
        ends: Last token of the span, inclusive, `[documents, n_best]` int64; -1 where there is no span.
        probabilities: Shares of one softmax over all allowed spans of the document, and the null if that was asked for,
            `[documents, n_best]` float32; 0 where there is no span.
        nulls: The least of the nulls of the document's windows, `[documents]` float32; 0 where it has no window.
        null_odds: The null less the best span's score, `[documents]` float32, from -`NO_SPAN_ODDS` to `NO_SPAN_ODDS`;
            the latter where there is no span.
        null_probability: The null's share of that softmax, `[documents]` float32; 0 if the null is not in it.
    """

    scores: Any
    starts: Any
    ends: Any
    probabilities: Any
    nulls: Any
    null_odds: Any
    null_probability: Any
