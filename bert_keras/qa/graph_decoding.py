"""Decoding of the logits of windows to answer spans in TensorFlow ops; `decoding`, its twin in NumPy, has the details.

Shapes may be unknown while tracing. All ops exist in TensorFlow since 2.12, so that older servers can run the graph.
"""

import tensorflow as tf

from bert_keras.qa.spans import NO_SPAN_ODDS, Candidates, DocumentSpans, WindowBounds

_NOTHING = float("-inf")


def best_windows(documents: tf.Tensor, begins: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Finds for each token the window with the most context around it; as `decoding.best_windows`, int32 or int64."""
    documents, begins, lengths = (tf.cast(array, tf.int64) for array in (documents, begins, lengths))
    count, widths = tf.size(lengths, tf.int64), lengths[:, tf.newaxis]
    offsets = tf.range(tf.reduce_max(tf.concat([lengths, [0]], axis=0)))
    inside = offsets < widths
    context = tf.minimum(offsets, widths - 1 - offsets) * 100 + widths
    minus_one = tf.constant(-1, tf.int64)
    # A single sort key: more context first, then the earlier window.
    keys = tf.where(inside, context * count + (count - 1 - tf.range(count))[:, tf.newaxis], minus_one)
    documents_here = tf.reduce_max(tf.concat([documents, [-1]], axis=0)) + 1
    sizes = tf.maximum(tf.math.unsorted_segment_max(begins + lengths, documents, documents_here), 0)
    first = tf.gather(tf.cumsum(sizes, exclusive=True), documents) + begins
    tokens = tf.where(inside, first[:, tf.newaxis] + offsets, 0)
    best = tf.math.unsorted_segment_max(keys, tokens, tf.reduce_sum(sizes) + 1)
    return inside & tf.equal(tf.gather(best, tokens), keys)


def window_bounds(
    levels: tf.Tensor, firsts: tf.Tensor, begins: tf.Tensor, lengths: tf.Tensor, least: int, stop: int
) -> WindowBounds:
    """Finds where spans may begin and end; as `decoding.window_bounds`, with int64 but for the levels."""
    widths = lengths[:, tf.newaxis]
    offsets = tf.range(tf.reduce_max(tf.concat([lengths, [0]], axis=0)))
    inside = offsets < widths
    at = tf.where(inside, (firsts + begins)[:, tf.newaxis] + offsets, 0)
    free = tf.concat([levels >= least, [True]], axis=0)
    first_of_part = levels >= stop
    count = tf.size(levels, tf.int64)
    part_ends = tf.concat([tf.where(first_of_part)[:, 0], [count]], axis=0)
    reach = tf.gather(part_ends, tf.cumsum(tf.cast(first_of_part, tf.int64))) - tf.range(count)
    return WindowBounds(inside & tf.gather(free, at), inside & tf.gather(free, at + 1), tf.gather(reach, at))


def window_candidates(
    start: tf.Tensor,
    end: tf.Tensor,
    places: tf.Tensor,
    lengths: tf.Tensor,
    begins: tf.Tensor,
    bounds: WindowBounds,
    n_best: int,
    max_answer_tokens: int,
) -> Candidates:
    """Finds the n-best spans of each window, none of which overlaps a better one.

    Arguments and results are those of `decoding.window_candidates`, as tensors; `n_best` and `max_answer_tokens` are
    integers or scalar tensors.
    """
    # At least one column, so that there is one to look at.
    lacking = tf.maximum(1 - tf.shape(bounds.may_begin)[1], 0)
    may_begin, may_end, reach = (tf.pad(of, [[0, 0], [0, lacking]]) for of in bounds)
    starts, ends = (
        tf.where(may, _context_part(logits, places, lengths, tf.shape(may)[1]), _NOTHING)
        for logits, may in ((start, may_begin), (end, may_end))
    )
    scores = _span_scores(starts, ends, reach, max_answer_tokens)
    top, first, last = _top_spans(scores, n_best)
    there, begins = top > _NOTHING, tf.cast(begins, tf.int64)[:, tf.newaxis]
    return Candidates(
        scores=top,
        starts=tf.where(there, begins + first, 0),
        ends=tf.where(there, begins + last, tf.constant(-1, tf.int64)),
        nulls=start[:, 0] + end[:, 0],
        totals=tf.reduce_logsumexp(scores, axis=[1, 2]),
    )


def document_spans(
    candidates: Candidates, documents: tf.Tensor, count: tf.Tensor, n_best: int, with_null: bool
) -> DocumentSpans:
    """Merges the spans of each document's windows, and leaves out those that overlap a better one.

    Arguments and results are those of `decoding.document_spans`, as tensors: `documents` is int32 or int64, `count` a
    scalar, `n_best` an integer or a scalar tensor; `with_null` is a Python bool, fixed while tracing.
    """
    documents, count = tf.cast(documents, tf.int64), tf.cast(count, tf.int64)
    scores, starts, ends = _merged(candidates, documents, count, n_best)
    nulls = tf.math.unsorted_segment_min(candidates.nulls, documents, count)
    nulls = tf.where(nulls < tf.float32.max, nulls, 0.0)  # the minimum of an empty segment is the largest float32
    null_scores = nulls if with_null else tf.fill(tf.shape(nulls), _NOTHING)
    totals = _log_sum_exp_by_document(candidates.totals, null_scores, documents, count)
    return DocumentSpans(
        scores=scores,
        starts=starts,
        ends=ends,
        probabilities=tf.exp(scores - totals[:, tf.newaxis]),
        nulls=nulls,
        null_odds=tf.clip_by_value(nulls - scores[:, 0], -NO_SPAN_ODDS, NO_SPAN_ODDS),  # without a span: +inf, clipped
        null_probability=tf.exp(null_scores - totals),
        totals=totals,
    )


def _context_part(logits: tf.Tensor, places: tf.Tensor, lengths: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    """Returns the logits by offset into the context part, `[windows, longest]`; -inf after its end."""
    offsets = tf.range(longest)
    columns = tf.minimum(tf.cast(places, tf.int32)[:, tf.newaxis] + offsets, tf.shape(logits)[1] - 1)
    inside = offsets < tf.cast(lengths, tf.int32)[:, tf.newaxis]
    return tf.where(inside, tf.gather(logits, columns, batch_dims=1), _NOTHING)


def _span_scores(starts: tf.Tensor, ends: tf.Tensor, reach: tf.Tensor, max_answer_tokens: int) -> tf.Tensor:
    """Returns the score of each span, `[windows, longest, width]`; see `decoding`."""
    longest = tf.shape(starts)[1]
    width = tf.minimum(max_answer_tokens, longest)
    padded = tf.pad(ends, [[0, 0], [0, width - 1]], constant_values=_NOTHING)
    scores = starts[:, :, tf.newaxis] + tf.gather(padded, tf.range(longest)[:, tf.newaxis] + tf.range(width), axis=1)
    return tf.where(tf.range(width) < tf.cast(reach, tf.int32)[:, :, tf.newaxis], scores, _NOTHING)


def _top_spans(scores: tf.Tensor, n_best: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns the best scores and the first and last offsets of their spans, each `[windows, n_best]`; see `decoding`.

    The spans of a window are boxes of one height, of which the suppression of overlapping boxes keeps the best; of
    equal scores it takes the earlier one.
    """
    windows, longest, width = tf.unstack(tf.shape(scores))
    firsts = tf.repeat(tf.range(longest), width)
    lasts = firsts + tf.tile(tf.range(width), [longest])
    sides = [tf.zeros_like(firsts), firsts, tf.ones_like(firsts), lasts + 1]
    boxes = tf.cast(tf.stack(sides, axis=1), tf.float32)

    of_windows = tf.reshape(scores, [windows, longest * width])

    def choose(window: tf.Tensor, top: tf.Tensor, chosen: tf.Tensor) -> tuple[tf.Tensor, ...]:
        values = of_windows[window]
        spans, count = tf.raw_ops.NonMaxSuppressionV4(
            boxes=boxes,
            scores=values,
            max_output_size=n_best,
            iou_threshold=0.0,
            score_threshold=_NOTHING,
            pad_to_max_output_size=True,
        )
        best = tf.where(tf.range(n_best) < count, tf.gather(values, spans), _NOTHING)
        row = tf.reshape(window, [1, 1])
        return (
            window + 1,
            tf.tensor_scatter_nd_update(top, row, best[tf.newaxis]),
            tf.tensor_scatter_nd_update(chosen, row, spans[tf.newaxis]),
        )

    shape = tf.stack([windows, n_best])
    none = (tf.constant(0), tf.zeros(shape, tf.float32), tf.zeros(shape, tf.int32))
    _, top, chosen = tf.while_loop(lambda window, *_: window < windows, choose, none, parallel_iterations=1)
    return top, *(tf.cast(tf.gather(of_spans, chosen), tf.int64) for of_spans in (firsts, lasts))


def _merged(
    candidates: Candidates, documents: tf.Tensor, count: tf.Tensor, n_best: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns the scores, starts and ends of each document's best spans, `[count, n_best]`; see `decoding`."""
    starts, ends = (tf.reshape(values, [-1]) for values in candidates[1:3])

    def ranked(scores: tf.Tensor) -> tuple[tf.Tensor, ...]:
        ranking = _ranking(scores, documents, count, n_best)
        best = (
            tf.gather(tf.concat([values, tf.constant([none], values.dtype)], axis=0), ranking)
            for values, none in ((tf.reshape(scores, [-1]), _NOTHING), (starts, 0), (ends, -1))
        )
        return ranking, *best

    def leave_out(again: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ranking, *best = ranked(scores)
        out = tf.boolean_mask(ranking, _overlapping(*best))[:, tf.newaxis]
        nothing = tf.fill(tf.shape(out)[:1], _NOTHING)
        left = tf.tensor_scatter_nd_update(tf.reshape(scores, [-1]), out, nothing)
        return tf.size(out) > 0, tf.reshape(left, tf.shape(scores))

    # The spans of one window overlap none of their own.
    several = tf.reduce_any(tf.equal(documents[1:], documents[:-1]))
    left = tf.while_loop(lambda again, _: again, leave_out, (several, candidates.scores))[1]
    _, scores, starts_of, ends_of = ranked(left)
    there = scores > _NOTHING
    return scores, tf.where(there, starts_of, 0), tf.where(there, ends_of, tf.constant(-1, tf.int64))


def _overlapping(scores: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor) -> tf.Tensor:
    """Returns which spans overlap a better one that overlaps none itself, `[documents, n_best]` bool."""
    ranks, there = tf.range(tf.shape(scores)[1]), scores > _NOTHING
    clash = (ranks[:, tf.newaxis] < ranks) & there[:, :, tf.newaxis] & there[:, tf.newaxis]
    clash &= (starts[:, :, tf.newaxis] <= ends[:, tf.newaxis]) & (ends[:, :, tf.newaxis] >= starts[:, tf.newaxis])
    stays = ~tf.reduce_any(clash, axis=1)
    return tf.reduce_any(clash & stays[:, :, tf.newaxis], axis=1)


def _ranking(scores: tf.Tensor, documents: tf.Tensor, count: tf.Tensor, n_best: int) -> tf.Tensor:
    """Returns the flat indices of each document's best spans, `[count, n_best]`; the total count for a missing span."""
    row = tf.repeat(documents, tf.shape(scores)[1])
    falling = tf.argsort(tf.reshape(scores, [-1]), direction="DESCENDING", stable=True)
    order = tf.gather(falling, tf.argsort(tf.gather(row, falling), stable=True))
    size = tf.size(row)
    sizes = tf.math.unsorted_segment_sum(tf.ones_like(row, tf.int32), row, count)[:, tf.newaxis]
    ranks = tf.range(n_best)
    places = tf.where(ranks < sizes, tf.cumsum(sizes, exclusive=True) + ranks, size)
    return tf.gather(tf.concat([order, size[tf.newaxis]], axis=0), places)


def _log_sum_exp_by_document(
    totals: tf.Tensor, null_scores: tf.Tensor, documents: tf.Tensor, count: tf.Tensor
) -> tf.Tensor:
    """Returns the log-sum-exp of each document's totals and null score, `[documents]`; 0 if all are -inf."""
    highest = tf.maximum(tf.math.unsorted_segment_max(totals, documents, count), null_scores)
    shift = tf.where(highest > tf.float32.min, highest, 0.0)  # the maximum of an empty segment is the least float32
    sums = tf.math.unsorted_segment_sum(tf.exp(totals - tf.gather(shift, documents)), documents, count) + tf.exp(
        null_scores - shift
    )
    return tf.math.log(tf.where(sums > 0, sums, 1.0)) + shift
