"""Conversion of token spans to code points and texts, as TensorFlow ops."""

import tensorflow as tf

from bert_keras.models.span_extractor_preprocessor import Documents
from bert_keras.qa.spans import DocumentSpans


def code_points(documents: Documents, spans: DocumentSpans, there: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the places of spans in their contexts.

    Args:
        documents: The documents.
        spans: The n-best spans of each document.
        there: Whether each span exists, `[documents, n_best]` bool.

    Returns:
        The first code point and one past the last, combining marks included, each `[documents, n_best]` int64; 0 and 0
        for a missing span.
    """
    firsts = documents.starts.row_starts()[:, tf.newaxis]

    def places(of_tokens: tf.RaggedTensor, tokens: tf.Tensor) -> tf.Tensor:
        # A zero is appended, to which missing spans point.
        values = tf.concat([of_tokens.flat_values, [0]], axis=0)
        return tf.gather(values, tf.where(there, firsts + tokens, tf.size(values, tf.int64) - 1))

    return places(documents.starts, spans.starts), places(documents.span_ends, spans.ends)


def slices(texts: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor) -> tf.Tensor:
    """Cuts pieces out of texts.

    Args:
        texts: The texts in UTF-8, `[documents]`; invalid bytes count as U+FFFD, as in the tokenizer.
        starts: The first code point of each piece, `[documents, pieces]` int64.
        ends: One past the last code point of each piece, `[documents, pieces]` int64.

    Returns:
        The pieces, valid UTF-8, `[documents, pieces]`.
    """
    points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    lengths = tf.reshape(ends - starts, [-1])
    begins = tf.reshape(points.row_starts()[:, tf.newaxis] + starts, [-1])
    within = tf.ragged.range(begins, begins + lengths)
    pieces = tf.strings.unicode_encode(
        within.with_flat_values(tf.gather(points.flat_values, within.flat_values)), "UTF-8"
    )
    return tf.reshape(pieces, tf.shape(starts))
