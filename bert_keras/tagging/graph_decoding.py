"""Decoding of the tags of words to entities in TensorFlow ops, which exist since 2.12; `scheme` says what tags mean."""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.tagging.scheme import BEGIN, END, OUTSIDE, SINGLE, TagScheme


class Entities(NamedTuple):
    """The entities of several texts, in order; all `[entities]`.

    Attributes:
        firsts: The index of each entity's first word, int64.
        lasts: The index of its last word, int64.
        types: The index of its type, int32.
        scores: The mean of its words' scores, float32.
    """

    firsts: tf.Tensor
    lasts: tf.Tensor
    types: tf.Tensor
    scores: tf.Tensor


def entities_of(tags: tf.Tensor, scores: tf.Tensor, texts: tf.Tensor, scheme: TagScheme) -> Entities:
    """Finds the entities that the tags of words say; as `TagScheme.spans`, for several texts.

    Args:
        tags: The index of each word's tag, `[words]` int32.
        scores: The probability of each word's tag, `[words]` float32.
        texts: The index of each word's text, `[words]`, ascending.
        scheme: The meaning of the tags.

    Returns:
        The entities.
    """
    kinds, types = (tf.gather(tf.constant(of, tf.int32), tags) for of in (scheme.kinds, scheme.type_of))
    goes_on = tf.concat([[False], tf.equal(texts[1:], texts[:-1])], axis=0)[: tf.size(tags)]
    kinds_before, types_before = (tf.concat([[0], of[:-1]], axis=0)[: tf.size(tags)] for of in (kinds, types))
    apart = ~goes_on | tf.not_equal(types, types_before) | _any(kinds_before, OUTSIDE, END, SINGLE)
    inside = tf.not_equal(kinds, OUTSIDE)
    begins = inside & (apart | _any(kinds, BEGIN, SINGLE))
    words = tf.where(inside)[:, 0]
    entity = tf.gather(tf.cumsum(tf.cast(begins, tf.int32)) - 1, words)
    firsts = tf.where(begins)[:, 0]
    return Entities(
        firsts,
        tf.math.segment_max(words, entity),
        tf.gather(types, firsts),
        tf.math.segment_mean(tf.gather(scores, words), entity),
    )


def _any(values: tf.Tensor, *wanted: int) -> tf.Tensor:
    """Returns whether each value is one of some, bool."""
    return tf.reduce_any(tf.equal(values[:, tf.newaxis], tf.constant(wanted, tf.int32)), axis=1)
