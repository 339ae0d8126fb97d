"""Pooling: one vector for each row, from the vectors of its tokens, as sentence-transformers computes it."""

from collections.abc import Callable

import tensorflow as tf

_LEAST = 1e-9  # of a denominator, for rows without tokens to pool


def _cls(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    first = tf.argmax(mask, axis=1, output_type=tf.int32)
    return tf.gather(x, first, batch_dims=1)


def _last(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    columns = tf.range(tf.shape(mask)[1]) * tf.cast(mask, tf.int32)
    return tf.gather(x * mask[:, :, tf.newaxis], tf.reduce_max(columns, axis=1), batch_dims=1)


def _max(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(tf.where(mask[:, :, tf.newaxis] > 0, x, x.dtype.min), axis=1)


def _sum(x: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    total = tf.reduce_sum(weights, axis=1, keepdims=True)
    return tf.reduce_sum(x * weights[:, :, tf.newaxis], axis=1), tf.maximum(total, _LEAST)


def _mean(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    total, count = _sum(x, mask)
    return total / count


def _mean_sqrt(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    total, count = _sum(x, mask)
    return total / tf.sqrt(count)


def _weighted(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    total, count = _sum(x, mask * tf.range(1.0, tf.cast(tf.shape(mask)[1], tf.float32) + 1.0))
    return total / count


POOLINGS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted,
    "lasttoken": _last,
}
"""The ways of pooling by name: from token vectors `[batch, tokens, size]` and a float32 mask `[batch, tokens]`."""
