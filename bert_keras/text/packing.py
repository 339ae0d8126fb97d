"""Packing of token ids to BERT's input, `[CLS] a [SEP]` or `[CLS] a [SEP] b [SEP]`: truncation, segment ids, padding.

It uses only TensorFlow's own ragged ops: KerasHub's packers emit `TFText>RoundRobinTrim`, which TF Serving before 2.20
lacks.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

PADDED_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""The lengths that rows are padded to: few different shapes, at the cost of at most a third of a row."""


class Packed(NamedTuple):
    """Rows for BERT before padding.

    Attributes:
        token_ids: The token ids, `[batch, (tokens)]` int32.
        segment_ids: The segment ids, `[batch, (tokens)]` int32.
    """

    token_ids: tf.RaggedTensor
    segment_ids: tf.RaggedTensor


class SpecialIds(NamedTuple):
    """The token ids of `[PAD]`, `[CLS]` and `[SEP]`."""

    pad: int
    cls: int
    sep: int


def pack(first: tf.RaggedTensor, second: tf.RaggedTensor | None, special: SpecialIds, max_length: int) -> Packed:
    """Adds special tokens to texts or pairs of texts, and truncates rows that are too long.

    Args:
        first: The token ids of the texts, `[batch, (tokens)]` int32.
        second: The token ids of the second texts, `[batch, (tokens)]` int32; None without pairs.
        special: The ids of the special tokens.
        max_length: The maximum number of tokens per row, special tokens included; at least 3, for pairs 4.

    Returns:
        The rows. In a pair the longer text is truncated first, as in `tokenizers` ("longest_first").
    """
    if tf.executing_eagerly():
        return _packed_arrays([first] if second is None else [first, second], special, max_length)
    around, budget = tf.constant([special.cls, special.sep], tf.int32), tf.constant(max_length, tf.int64)
    if second is None:
        return Packed(*_pack_texts(first, around, budget))
    return Packed(*_pack_pairs(first, second, around, budget))


def pad(packed: Packed, special: SpecialIds, max_length: int) -> dict[str, tf.Tensor]:
    """Pads rows to the length of the longest row in the batch, rounded up to one of `PADDED_LENGTHS`.

    Args:
        packed: The result of `pack`.
        special: The ids of the special tokens.
        max_length: The same `max_length` as in `pack`, which the padded length does not exceed.

    Returns:
        `token_ids`, `segment_ids` and `padding_mask` (1 at tokens, 0 at padding), each `[batch, tokens]` int32.
    """
    lengths = packed.token_ids.row_lengths()
    width = padded_length(tf.reduce_max(tf.concat([lengths, [0]], axis=0)), max_length)
    shape = tf.stack([tf.size(lengths, tf.int64), width])
    return {
        "token_ids": packed.token_ids.to_tensor(special.pad, shape=shape),
        "segment_ids": packed.segment_ids.to_tensor(0, shape=shape),
        "padding_mask": tf.sequence_mask(lengths, width, tf.int32),
    }


def padded_length(longest: tf.Tensor, max_length: int) -> tf.Tensor:
    """Rounds a number of tokens up to the next of `PADDED_LENGTHS`, but not beyond `max_length`.

    Args:
        longest: The number of tokens in the longest row, scalar int64.
        max_length: The maximum, which is a possible result even if it is not in `PADDED_LENGTHS`.

    Returns:
        The padded length, scalar int64.
    """
    lengths = tf.constant([*(length for length in PADDED_LENGTHS if length < max_length), max_length], tf.int64)
    return lengths[tf.minimum(tf.searchsorted(lengths, longest[tf.newaxis])[0], tf.size(lengths) - 1)]


def _pack_texts(
    texts: tf.RaggedTensor, around: tf.Tensor, max_length: tf.Tensor
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    begin, end = (tf.fill([texts.nrows(), 1], around[place]) for place in (0, 1))
    ids = tf.concat([begin, _cut(texts, tf.fill([texts.nrows()], max_length - 2)), end], axis=1)
    return ids, tf.zeros_like(ids)


def _pack_pairs(
    first: tf.RaggedTensor, second: tf.RaggedTensor, around: tf.Tensor, max_length: tf.Tensor
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    begin, end = (tf.fill([first.nrows(), 1], around[place]) for place in (0, 1))
    kept = _longest_first(first.row_lengths(), second.row_lengths(), max_length - 3)
    head = tf.concat([begin, _cut(first, kept[0]), end], axis=1)
    tail = tf.concat([_cut(second, kept[1]), end], axis=1)
    return tf.concat([head, tail], axis=1), tf.concat([tf.zeros_like(head), tf.ones_like(tail)], axis=1)


def _cut(rows: tf.RaggedTensor, kept: tf.Tensor) -> tf.RaggedTensor:
    """Returns the first `kept[i]` tokens of each row i."""
    row_of = rows.value_rowids()
    within = tf.range(tf.size(row_of, tf.int64)) - tf.gather(rows.row_starts(), row_of)
    values = tf.boolean_mask(rows.flat_values, within < tf.gather(kept, row_of))
    return tf.RaggedTensor.from_row_lengths(values, tf.minimum(rows.row_lengths(), kept), validate=False)


def _longest_first(first: tf.Tensor, second: tf.Tensor, budget: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns how many tokens to keep of each text: a text of at most half the budget is kept whole."""
    shorter, longer = tf.minimum(first, second), tf.maximum(first, second)
    half = budget // 2
    both_cut = shorter > half
    keep_shorter = tf.where(both_cut, half, shorter)
    keep_longer = tf.where(both_cut, budget - half, budget - shorter)
    fits = first + second <= budget
    keep_shorter, keep_longer = tf.where(fits, shorter, keep_shorter), tf.where(fits, longer, keep_longer)
    swapped = first > second
    return tf.where(swapped, keep_longer, keep_shorter), tf.where(swapped, keep_shorter, keep_longer)


def _packed_arrays(columns: Sequence[tf.RaggedTensor], special: SpecialIds, max_length: int) -> Packed:
    """Does the same outside of graphs with NumPy, which copies each token once: many times as fast as ragged ops."""
    lengths = [column.row_lengths().numpy() for column in columns]
    if len(columns) == 1:
        kept = [np.minimum(lengths[0], max_length - 2)]
    else:
        budget = tf.constant(max_length - 3, tf.int64)
        kept = [counts.numpy() for counts in _longest_first(lengths[0], lengths[1], budget)]
    sizes = 1 + np.sum([counts + 1 for counts in kept], axis=0)
    splits = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    token_ids = np.full(splits[-1], special.sep, np.int32)
    token_ids[splits[:-1]] = special.cls
    begins = splits[:-1] + 1
    for column, given, counts in zip(columns, lengths, kept, strict=True):
        within = np.arange(counts.sum())
        before = np.cumsum(counts) - counts
        tokens = column.flat_values.numpy()
        if not np.array_equal(given, counts):
            tokens = tokens[within + np.repeat(column.row_starts().numpy() - before, counts)]
        token_ids[within + np.repeat(begins - before, counts)] = tokens
        begins = begins + counts + 1
    segments = np.zeros(len(token_ids), np.int32)
    if len(columns) > 1:
        seconds = kept[1] + 1
        segments[np.arange(seconds.sum()) + np.repeat(splits[1:] - np.cumsum(seconds), seconds)] = 1
    return Packed(
        *(tf.RaggedTensor.from_row_splits(values, splits, validate=False) for values in (token_ids, segments))
    )
