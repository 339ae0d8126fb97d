"""Logits of windows -> spans of documents, in NumPy: the reference for `graph_decoding`, which does the same as TensorFlow ops.

A document is a question with its context, of which the tokens are numbered from 0. It is cut into windows; window w
holds tokens `begins[w]` to `begins[w] + lengths[w] - 1` of document `documents[w]` in a row `[CLS] question [SEP]
context part [SEP]`, where the first of them stands in column `places[w]`. Windows are in the order of documents, and
within a document in the order of its text.
"""

import numpy as np

from bert_keras.qa.spans import NO_SPAN_ODDS, Candidates, DocumentSpans


def best_windows(documents: np.ndarray, begins: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Finds for each token the window that has the most context around it (Devlin et al. 2019, their run_squad).

    That is the one with the highest min(tokens to the left, tokens to the right) + 0.01 * length; of equal ones the
    first.

    Args:
        documents: Each window's document, `[windows]`, rising from 0.
        begins: Each window's first context token, `[windows]`.
        lengths: Each window's number of context tokens, `[windows]`.

    Returns:
        `[windows, longest]`, a column for each offset into the context part: True where the token's best window is this
        one. Each token is True in one window exactly.
    """
    documents, begins, lengths = (np.asarray(array, np.int64) for array in (documents, begins, lengths))
    count, windows = len(lengths), np.arange(len(lengths))[:, np.newaxis]
    offsets = np.arange(lengths.max(initial=0))
    inside = offsets < lengths[:, np.newaxis]
    context = np.minimum(offsets, lengths[:, np.newaxis] - 1 - offsets) * 100 + lengths[:, np.newaxis]
    # One number to compare: more context first, then the earlier window.
    keys = np.where(inside, context * count + (count - 1 - windows), -1)
    sizes = np.zeros(documents.max(initial=-1) + 1, np.int64)
    np.maximum.at(sizes, documents, begins + lengths)
    tokens = np.where(inside, (np.cumsum(sizes) - sizes)[documents, np.newaxis] + begins[:, np.newaxis] + offsets, 0)
    best = np.full(sizes.sum() + 1, -1)
    np.maximum.at(best, tokens, keys)
    return inside & (best[tokens] == keys)


def window_candidates(
    start: np.ndarray,
    end: np.ndarray,
    places: np.ndarray,
    lengths: np.ndarray,
    begins: np.ndarray,
    best: np.ndarray,
    n_best: int,
    max_answer_tokens: int,
) -> Candidates:
    """Finds the best spans of each window.

    A span is allowed if both its ends lie in the context part, it does not end before it starts, it has at most
    `max_answer_tokens` tokens, and its first token has its best window here. Of spans that score the same, the one that
    starts first comes first, then the one that ends first.

    Args:
        start: Start logits of the model's rows, `[windows, columns]` float32.
        end: End logits, likewise.
        places: Column of each window's first context token, `[windows]`.
        lengths: Each window's number of context tokens, `[windows]`; may be 0.
        begins: Each window's first context token in its document, `[windows]`.
        best: What `best_windows` gave for these windows.
        n_best: Spans wanted of each window, at least 1.
        max_answer_tokens: Most tokens of a span, at least 1. Memory grows with windows times tokens times this.

    Returns:
        The spans, the null and the sum over all allowed spans of each window.
    """
    # As many tokens as spans are wanted, at least, so that there is always something to choose from.
    best = np.pad(best, ((0, 0), (0, max(0, n_best - best.shape[1]))))
    starts, ends = (_context_part(logits, places, lengths, best.shape[1]) for logits in (start, end))
    scores = _span_scores(np.where(best, starts, -np.inf), ends, max_answer_tokens)
    top, first, last = _top_spans(scores, n_best)
    there, begins = top > -np.inf, np.asarray(begins, np.int64)[:, np.newaxis]
    return Candidates(
        scores=top,
        starts=np.where(there, begins + first, 0),
        ends=np.where(there, begins + last, -1),
        nulls=start[:, 0] + end[:, 0],
        totals=_log_sum_exp(scores).astype(np.float32),
    )


def document_spans(
    candidates: Candidates, documents: np.ndarray, count: int, n_best: int, with_null: bool
) -> DocumentSpans:
    """Brings together the spans of each document's windows.

    Scores of different windows are compared as they are, as logits; of equal ones the earlier window's comes first.

    Args:
        candidates: What `window_candidates` gave, in the order of the windows.
        documents: Each window's document, `[windows]`, rising from 0.
        count: Number of documents; they may be without windows.
        n_best: Spans wanted of each document, at least 1; at most what was wanted of each window.
        with_null: Whether the null has a share of the probability.

    Returns:
        The spans of each document. All of it is finite but the scores of spans that are not there.
    """
    documents = np.asarray(documents, np.int64)
    ranking = _ranking(candidates.scores, documents, count, n_best)
    scores, starts, ends = (
        np.append(values, np.array(none, values.dtype))[ranking]
        for values, none in zip(candidates[:3], (-np.inf, 0, -1), strict=True)
    )
    nulls = np.full(count, np.inf, np.float32)
    np.minimum.at(nulls, documents, candidates.nulls)
    nulls = np.where(np.isfinite(nulls), nulls, np.float32(0))
    odds = np.clip(nulls - scores[:, 0], -NO_SPAN_ODDS, NO_SPAN_ODDS)  # less -inf is the upper bound
    null_scores = nulls if with_null else np.full_like(nulls, -np.inf)
    totals = _log_sum_exp_by_document(candidates.totals, null_scores, documents)
    return DocumentSpans(
        scores=scores,
        starts=starts,
        ends=ends,
        probabilities=np.exp(scores - totals[:, np.newaxis]).astype(np.float32),
        nulls=nulls,
        null_odds=odds,
        null_probability=np.exp(null_scores - totals).astype(np.float32),
    )


def _context_part(logits: np.ndarray, places: np.ndarray, lengths: np.ndarray, longest: int) -> np.ndarray:
    """Logits by offset into the context part, `[windows, longest]`; -inf behind its end."""
    offsets = np.arange(longest)
    columns = np.minimum(np.asarray(places)[:, np.newaxis] + offsets, logits.shape[1] - 1)
    inside = offsets < np.asarray(lengths)[:, np.newaxis]
    return np.where(inside, np.take_along_axis(logits, columns, axis=1), np.float32(-np.inf))


def _span_scores(starts: np.ndarray, ends: np.ndarray, max_answer_tokens: int) -> np.ndarray:
    """Score of each span, `[windows, longest, width]`: [w, i, j] is from token i to token i + j; -inf where it is not allowed."""
    longest = starts.shape[1]
    width = min(max_answer_tokens, longest)
    padded = np.pad(ends, ((0, 0), (0, width - 1)), constant_values=-np.inf)
    return starts[:, :, np.newaxis] + np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)


def _top_spans(scores: np.ndarray, n_best: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best scores with first and last offset of their spans, each `[windows, n_best]`."""
    windows, _, width = scores.shape
    # The best spans start at the tokens that have the best span of their own: a second look at few tokens is enough.
    likely = np.sort(_order(scores.max(axis=2))[:, :n_best], axis=1)
    of_likely = np.take_along_axis(scores, likely[:, :, np.newaxis], axis=1).reshape(windows, n_best * width)
    order = _order(of_likely)[:, :n_best]
    first = np.take_along_axis(likely, order // width, axis=1)
    return np.take_along_axis(of_likely, order, axis=1), first, first + order % width


def _order(scores: np.ndarray) -> np.ndarray:
    """Places along the last axis, highest score first, of equal scores the first place first."""
    return np.argsort(-scores, axis=-1, kind="stable")


def _ranking(scores: np.ndarray, documents: np.ndarray, count: int, n_best: int) -> np.ndarray:
    """Places of each document's best spans among all, `[count, n_best]`; beyond the last place where there are no more."""
    row = np.repeat(documents, scores.shape[1])
    order = np.append(np.lexsort((-scores.ravel(), row)), row.size)
    sizes = np.bincount(row, minlength=count)
    ranks = np.arange(n_best)
    return order[np.where(ranks < sizes[:, np.newaxis], (np.cumsum(sizes) - sizes)[:, np.newaxis] + ranks, row.size)]


def _log_sum_exp(scores: np.ndarray) -> np.ndarray:
    """Over all spans of each window, `[windows]`; -inf where all of them are."""
    highest = scores.max(axis=(1, 2))
    shift = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(scores - shift[:, np.newaxis, np.newaxis]).sum(axis=(1, 2))) + shift


def _log_sum_exp_by_document(totals: np.ndarray, null_scores: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """Of each document's windows and its null, `[documents]` float64; 0 where nothing is."""
    highest = null_scores.astype(np.float64)
    np.maximum.at(highest, documents, totals)
    shift = np.where(np.isfinite(highest), highest, 0)
    sums = np.exp(null_scores - shift)
    np.add.at(sums, documents, np.exp(totals - shift[documents]))
    return np.log(np.where(sums > 0, sums, 1)) + shift
