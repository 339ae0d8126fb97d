"""Start and end logits of rows of tokens without padding."""

import tensorflow as tf

from bert_keras.models import SpanExtractor
from bert_keras.models.only_context import NEVER
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights
from bert_keras.serving.encoder.layers import dense, dense_weights


class SpanLogits:
    """Computes what the output of a `SpanExtractor` holds, for a server.

    Args:
        extractor: The model.
        encoder: Its encoder in the export.
        weights: The weights of the export.
    """

    def __init__(self, extractor: SpanExtractor, encoder: ServedEncoder, weights: ServedWeights) -> None:
        self._extractor, self._encoder, self._weights = extractor, encoder, weights

    def __call__(self, rows: FlatRows, columns: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Computes the logits of some rows.

        Args:
            rows: The rows, at least one.
            columns: The number of columns of the result, scalar int32.

        Returns:
            The logits at which an answer starts and ends, each `[rows, columns]` float32: only the tokens of the
            context and `[CLS]` can be either, see `OnlyContext`.
        """
        kernel, bias = dense_weights(self._weights, "logits", self._extractor.output_dense, tf.float32)
        logits = dense(tf.cast(self._encoder.tokens(rows), tf.float32), kernel, bias)
        count = tf.size(rows.lengths)
        row_of = tf.repeat(tf.range(count), rows.lengths)
        # A token that another one of its row follows is not the final [SEP].
        behind = tf.equal(tf.concat([row_of[1:], [-1]], axis=0), row_of)
        meant = (tf.equal(rows.segment_ids, 1) & behind) | tf.equal(rows.positions, 0)
        at = tf.boolean_mask(row_of * columns + rows.positions, meant)
        nothing = tf.fill([count * columns], NEVER)
        start, end = (
            tf.reshape(
                tf.tensor_scatter_nd_update(nothing, at[:, tf.newaxis], tf.boolean_mask(logits[:, side], meant)),
                tf.stack([count, columns]),
            )
            for side in (0, 1)
        )
        return start, end
