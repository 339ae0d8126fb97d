"""Runs any number of windows through a model in chunks, so that memory does not grow with the documents."""

import tensorflow as tf

from bert_keras.models import SpanExtractor
from bert_keras.models.span_extractor_preprocessor import Documents
from bert_keras.qa.graph_decoding import best_windows, window_bounds, window_candidates
from bert_keras.qa.spans import Candidates, WindowBounds
from bert_keras.serving.encoder import flat_rows
from bert_keras.serving.encoder.passes import PASSES_AT_ONCE, rows_of_pass
from bert_keras.serving.span_logits import SpanLogits
from bert_keras.text import Windows, bound_levels

# Rows are padded to a multiple of this many tokens: fewer distinct shapes, each of which costs the runtime time once.
_MULTIPLE = 8


def candidates_of_windows(extractor: SpanExtractor, documents: Documents, logits_of: SpanLogits) -> Candidates:
    """Returns the best spans of all windows, which run through the model by length, longest first.

    Args:
        extractor: The model.
        documents: The documents and their windows.
        logits_of: Computes its logits.

    Returns:
        The best spans of each window, in the order of the windows.
    """
    windows = documents.windows
    bounds = _bounds(extractor, documents)
    lengths = windows.places + windows.lengths + 1
    order = tf.argsort(lengths, direction="DESCENDING", stable=True)
    count = tf.size(order)

    def run_chunk(first: tf.Tensor, found: Candidates) -> tuple[tf.Tensor, Candidates]:
        width = _width(lengths[order[first]], extractor.preprocessor.max_length)
        rows = rows_of_pass(width)
        chosen = order[first : first + rows]
        here = _candidates(
            extractor,
            documents,
            logits_of,
            Windows(*(tf.gather(values, chosen) for values in windows)),
            WindowBounds(*(tf.gather(of, chosen) for of in bounds)),
            width,
        )
        put = (
            tf.tensor_scatter_nd_update(whole, chosen[:, tf.newaxis], part)
            for whole, part in zip(found, here, strict=True)
        )
        return first + rows, Candidates(*put)

    loop = (tf.constant(0), _nothing(count, extractor.n_best))
    return tf.while_loop(lambda first, _: first < count, run_chunk, loop, parallel_iterations=PASSES_AT_ONCE)[1]


def _candidates(
    extractor: SpanExtractor,
    documents: Documents,
    logits_of: SpanLogits,
    windows: Windows,
    bounds: WindowBounds,
    width: tf.Tensor,
) -> Candidates:
    """Runs some windows through the model, and returns the best spans of their logits."""
    start, end = logits_of(flat_rows(*extractor.preprocessor.pack(documents, windows)), width)
    longest = tf.reduce_max(windows.lengths)
    here = WindowBounds(*(of[:, :longest] for of in bounds))
    limits = extractor.n_best, extractor.max_answer_tokens
    return window_candidates(start, end, windows.places, windows.lengths, windows.begins, here, *limits)


def _bounds(extractor: SpanExtractor, documents: Documents) -> WindowBounds:
    """Returns where the spans of each window may begin and end."""
    windows = documents.windows
    best = best_windows(windows.documents, windows.begins, windows.lengths)
    bounds = window_bounds(
        documents.levels.flat_values,
        tf.gather(documents.levels.row_starts(), windows.documents),
        windows.begins,
        windows.lengths,
        *bound_levels(extractor.part_words, extractor.across_paragraphs),
    )
    return bounds._replace(may_begin=best & bounds.may_begin)


def _width(longest: tf.Tensor, max_length: int) -> tf.Tensor:
    """Returns the number of tokens that rows are padded to, int32."""
    return tf.minimum((tf.cast(longest, tf.int32) + _MULTIPLE - 1) // _MULTIPLE * _MULTIPLE, max_length)


def _nothing(windows: tf.Tensor, n_best: int) -> Candidates:
    """Returns zeros of the candidates' shapes, to be overwritten chunk by chunk."""
    of_spans = tf.stack([windows, n_best])
    return Candidates(
        scores=tf.zeros(of_spans, tf.float32),
        starts=tf.zeros(of_spans, tf.int64),
        ends=tf.zeros(of_spans, tf.int64),
        nulls=tf.zeros([windows], tf.float32),
        totals=tf.zeros([windows], tf.float32),
    )
