"""Decoding of the logits of windows to answer spans of documents, in NumPy; the reference for `graph_decoding`.

A document is a question with its context, whose tokens are numbered from 0. It is divided into windows: window w
contains the tokens `begins[w]` to `begins[w] + lengths[w] - 1` of document `documents[w]` in a row `[CLS] question
[SEP] context part [SEP]`, the first of them in column `places[w]`. Windows are in the order of documents, and within a
document in the order of its text. The null score of a window is the start logit plus the end logit of `[CLS]`.
"""

import numpy as np

from bert_keras.qa.spans import NO_SPAN_ODDS, Candidates, DocumentSpans, WindowBounds


def best_windows(documents: np.ndarray, begins: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Finds for each token the window with the most context around it (Devlin et al. 2019, in their run_squad).

    That is the window with the highest min(tokens to the left, tokens to the right) + 0.01 * length, the first of equal
    ones.

    Args:
        documents: The index of each window's document, `[windows]`, ascending from 0.
        begins: The index of each window's first context token in its document, `[windows]`.
        lengths: The number of context tokens in each window, `[windows]`.

    Returns:
        Whether the window is the best one of the token, `[windows, longest]` bool, with a column for each offset into
        the context part. Each token has exactly one best window.
    """
    documents, begins, lengths = (np.asarray(array, np.int64) for array in (documents, begins, lengths))
    count, windows = len(lengths), np.arange(len(lengths))[:, np.newaxis]
    offsets = np.arange(lengths.max(initial=0))
    inside = offsets < lengths[:, np.newaxis]
    context = np.minimum(offsets, lengths[:, np.newaxis] - 1 - offsets) * 100 + lengths[:, np.newaxis]
    # A single sort key: more context first, then the earlier window.
    keys = np.where(inside, context * count + (count - 1 - windows), -1)
    sizes = np.zeros(documents.max(initial=-1) + 1, np.int64)
    np.maximum.at(sizes, documents, begins + lengths)
    tokens = np.where(inside, (np.cumsum(sizes) - sizes)[documents, np.newaxis] + begins[:, np.newaxis] + offsets, 0)
    best = np.full(sizes.sum() + 1, -1)
    np.maximum.at(best, tokens, keys)
    return inside & (best[tokens] == keys)


def window_bounds(
    levels: np.ndarray, firsts: np.ndarray, begins: np.ndarray, lengths: np.ndarray, least: int, stop: int
) -> WindowBounds:
    """Finds where spans may begin and end.

    Args:
        levels: The place before each context token of all documents, `[tokens]`; see `text.span_bounds`.
        firsts: The index in `levels` of the first context token of each window's document, `[windows]`.
        begins: The index of each window's first context token in its document, `[windows]`.
        lengths: The number of context tokens in each window, `[windows]`.
        least: The least level of a place where a span begins or ends, `WITHIN_WORD` or `AT_WORD`.
        stop: The least level of a place that no span runs over; see `text.bound_levels`.

    Returns:
        The bounds.
    """
    lengths = np.asarray(lengths)[:, np.newaxis]
    offsets = np.arange(lengths.max(initial=0))
    inside = offsets < lengths
    at = np.where(inside, (np.asarray(firsts) + begins)[:, np.newaxis] + offsets, 0)
    # Behind a document is the first token of the next one, or nothing: a bound of words in any case.
    free = np.append(np.asarray(levels) >= least, True)
    first_of_part = np.asarray(levels) >= stop
    part_ends = np.append(np.flatnonzero(first_of_part), len(first_of_part))
    reach = part_ends[np.cumsum(first_of_part)] - np.arange(len(first_of_part))
    return WindowBounds(inside & free[at], inside & free[at + 1], reach[at])


def window_candidates(
    start: np.ndarray,
    end: np.ndarray,
    places: np.ndarray,
    lengths: np.ndarray,
    begins: np.ndarray,
    bounds: WindowBounds,
    n_best: int,
    max_answer_tokens: int,
) -> Candidates:
    """Finds the n-best spans of each window, none of which overlaps a better one.

    A span is allowed if it lies in the context part, does not end before it starts, has at most `max_answer_tokens`
    tokens, and its bounds allow it. Spans of equal score are ordered by start, then by end.

    Args:
        start: The start logits, `[windows, columns]` float32.
        end: The end logits, `[windows, columns]` float32.
        places: The column of each window's first context token, `[windows]`.
        lengths: The number of context tokens in each window, `[windows]`; may be 0.
        begins: The index of each window's first context token in its document, `[windows]`.
        bounds: Where spans may begin and end: where the text lets them (`window_bounds`); and they begin only where the
            window is the best one of the token (`best_windows`).
        n_best: The number of spans per window, at least 1.
        max_answer_tokens: The maximum number of tokens per span, at least 1. Memory is proportional to windows times
            tokens times this number.

    Returns:
        The spans, the null score, and the sum over all allowed spans of each window, overlapping ones too.
    """
    # At least one column, so that there is one to look at.
    may_begin, may_end, reach = (np.pad(of, ((0, 0), (0, int(not of.shape[1])))) for of in bounds)
    starts, ends = (
        np.where(may, _context_part(logits, places, lengths, may.shape[1]), -np.inf).astype(np.float32)
        for logits, may in ((start, may_begin), (end, may_end))
    )
    scores = _span_scores(starts, ends, reach, max_answer_tokens)
    totals = _log_sum_exp(scores).astype(np.float32)
    top, first, last = _top_spans(scores, n_best)
    there, begins = top > -np.inf, np.asarray(begins, np.int64)[:, np.newaxis]
    return Candidates(
        scores=top,
        starts=np.where(there, begins + first, 0),
        ends=np.where(there, begins + last, -1),
        nulls=start[:, 0] + end[:, 0],
        totals=totals,
    )


def document_spans(
    candidates: Candidates, documents: np.ndarray, count: int, n_best: int, with_null: bool
) -> DocumentSpans:
    """Merges the spans of each document's windows, and leaves out those that overlap a better one.

    Spans of different windows are ranked by their logits, without normalisation; of equal scores the earlier window's
    comes first.

    Args:
        candidates: The result of `window_candidates`, in the order of the windows.
        documents: The index of each window's document, `[windows]`, ascending from 0.
        count: The number of documents; a document may have no windows.
        n_best: The number of spans per document, at least 1, and at most the number per window.
        with_null: Whether the softmax includes the null score.

    Returns:
        The spans of each document. All values are finite, except the scores of missing spans.
    """
    documents = np.asarray(documents, np.int64)
    scores, starts, ends = _merged(candidates, documents, count, n_best)
    nulls = np.full(count, np.inf, np.float32)
    np.minimum.at(nulls, documents, candidates.nulls)
    nulls = np.where(np.isfinite(nulls), nulls, np.float32(0))
    odds = np.clip(nulls - scores[:, 0], -NO_SPAN_ODDS, NO_SPAN_ODDS)  # without a span: +inf, clipped
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
        totals=totals.astype(np.float32),
    )


def _context_part(logits: np.ndarray, places: np.ndarray, lengths: np.ndarray, longest: int) -> np.ndarray:
    """Returns the logits by offset into the context part, `[windows, longest]`; -inf after its end."""
    offsets = np.arange(longest)
    columns = np.minimum(np.asarray(places)[:, np.newaxis] + offsets, logits.shape[1] - 1)
    inside = offsets < np.asarray(lengths)[:, np.newaxis]
    return np.where(inside, np.take_along_axis(logits, columns, axis=1), np.float32(-np.inf))


def _span_scores(starts: np.ndarray, ends: np.ndarray, reach: np.ndarray, max_answer_tokens: int) -> np.ndarray:
    """Returns the score of each span, `[windows, longest, width]`.

    The item [w, i, j] is that of the span from token i to token i + j; -inf where the span is not allowed.
    """
    longest = starts.shape[1]
    width = min(max_answer_tokens, longest)
    padded = np.pad(ends, ((0, 0), (0, width - 1)), constant_values=-np.inf)
    scores = starts[:, :, np.newaxis] + np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return np.where(np.arange(width) < reach[:, :, np.newaxis], scores, np.float32(-np.inf))


def _top_spans(scores: np.ndarray, n_best: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the best scores and the first and last offsets of their spans, each `[windows, n_best]`.

    Of all spans the best is taken, then the best of those that do not overlap it, and so on.
    """
    windows, longest, width = scores.shape
    # Spans that overlap one start at most so far from it; rows before the first and behind the last are put around.
    around = np.arange(1 - width, width)
    scores = np.pad(scores, ((0, 0), (width - 1, width - 1), (0, 0)), constant_values=-np.inf)
    of_starts, window = scores.max(axis=2), np.arange(windows)
    top = np.full((windows, n_best), -np.inf, np.float32)
    first, last = np.zeros((2, windows, n_best), np.int64)
    for rank in range(min(n_best, longest)):
        begin = of_starts.argmax(axis=1)
        top[:, rank] = of_starts[window, begin]
        if not (top[:, rank] > -np.inf).any():
            break
        end = begin + scores[window, begin].argmax(axis=1)
        first[:, rank], last[:, rank] = begin - width + 1, end - width + 1
        rows = begin[:, np.newaxis] + around
        near = scores[window[:, np.newaxis], rows]
        reach = rows[:, :, np.newaxis] + np.arange(width)
        overlaps = (rows <= end[:, np.newaxis])[:, :, np.newaxis] & (reach >= begin[:, np.newaxis, np.newaxis])
        near = np.where(overlaps, np.float32(-np.inf), near)
        scores[window[:, np.newaxis], rows] = near
        of_starts[window[:, np.newaxis], rows] = near.max(axis=2)
    return top, first, last


def _merged(
    candidates: Candidates, documents: np.ndarray, count: int, n_best: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the scores, starts and ends of each document's best spans, `[count, n_best]`."""
    left = candidates.scores.copy()
    while True:
        ranking = _ranking(left, documents, count, n_best)
        scores, starts, ends = (
            np.append(values, np.array(none, values.dtype))[ranking]
            for values, none in zip((left, *candidates[1:3]), (-np.inf, 0, -1), strict=True)
        )
        out = _overlapping(scores, starts, ends)
        if not out.any():
            there = scores > -np.inf
            return scores, np.where(there, starts, 0), np.where(there, ends, -1)
        left.ravel()[ranking[out]] = -np.inf


def _overlapping(scores: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Returns which spans overlap a better one that overlaps none itself, `[documents, n_best]` bool."""
    ranks, there = np.arange(scores.shape[1]), scores > -np.inf
    clash = (ranks[:, np.newaxis] < ranks) & there[:, :, np.newaxis] & there[:, np.newaxis]
    clash &= (starts[:, :, np.newaxis] <= ends[:, np.newaxis]) & (ends[:, :, np.newaxis] >= starts[:, np.newaxis])
    stays = np.logical_not(np.any(clash, axis=1, keepdims=True)).swapaxes(1, 2)
    return np.logical_or.reduce(clash & stays, axis=1)


def _ranking(scores: np.ndarray, documents: np.ndarray, count: int, n_best: int) -> np.ndarray:
    """Returns the flat indices of each document's best spans, `[count, n_best]`; the total count for a missing span."""
    row = np.repeat(documents, scores.shape[1])
    order = np.append(np.lexsort((-scores.ravel(), row)), row.size)
    sizes = np.bincount(row, minlength=count)
    ranks = np.arange(n_best)
    return order[np.where(ranks < sizes[:, np.newaxis], (np.cumsum(sizes) - sizes)[:, np.newaxis] + ranks, row.size)]


def _log_sum_exp(scores: np.ndarray) -> np.ndarray:
    """Returns the log-sum-exp over all spans of each window, `[windows]`; -inf where no span is allowed."""
    highest = scores.max(axis=(1, 2))
    shift = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(scores - shift[:, np.newaxis, np.newaxis]).sum(axis=(1, 2))) + shift


def _log_sum_exp_by_document(totals: np.ndarray, null_scores: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """Returns the log-sum-exp of each document's totals and null score, `[documents]` float64; 0 if all are -inf."""
    highest = null_scores.astype(np.float64)
    np.maximum.at(highest, documents, totals)
    shift = np.where(np.isfinite(highest), highest, 0)
    sums = np.exp(null_scores - shift)
    np.add.at(sums, documents, np.exp(totals - shift[documents]))
    return np.log(np.where(sums > 0, sums, 1)) + shift
