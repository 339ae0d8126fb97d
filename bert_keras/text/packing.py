"""Token ids -> what BERT reads: `[CLS] a [SEP]` or `[CLS] a [SEP] b [SEP]`, cut, with segment ids and padding mask.

Ragged ops of TensorFlow itself do all of it. KerasHub's packers emit `TFText>RoundRobinTrim`, which TF Serving before
2.20 lacks.
"""

from typing import Any, NamedTuple

import tensorflow as tf

# Padding up to one of few lengths keeps the shapes that a runtime meets few, at the cost of at most a third of a row.
PADDED_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


class Packed(NamedTuple):
    """Rows for BERT before they are padded, both `[batch, (tokens)]` int32."""

    token_ids: tf.RaggedTensor
    segment_ids: tf.RaggedTensor


class SpecialIds(NamedTuple):
    """The ids of the special tokens that packing needs."""

    pad: int
    cls: int
    sep: int


def pack(first: tf.RaggedTensor, second: tf.RaggedTensor | None, special: SpecialIds, max_length: int) -> Packed:
    """Puts special tokens around the tokens of texts or of pairs, and cuts what is too long.

    Args:
        first: Ids of the texts, `[batch, (tokens)]` int32.
        second: Ids of the second texts where there are pairs.
        special: Ids of the special tokens.
        max_length: Most tokens in a row, special ones included; at least 3, for pairs 4.

    Returns:
        The rows. Of a pair the longer text gives way first, as in `tokenizers` ("longest_first").
    """
    rows = (first,) if second is None else (first, second)
    around = tf.constant([special.cls, special.sep], tf.int32)
    pack_rows: Any = _AS_GRAPH[len(rows)] if tf.executing_eagerly() else _PACK[len(rows)]
    return Packed(*pack_rows(*rows, around, tf.constant(max_length, tf.int64)))


def pad(packed: Packed, special: SpecialIds, max_length: int) -> dict[str, tf.Tensor]:
    """Makes rows equally long: as the longest of the batch, rounded up to one of `PADDED_LENGTHS`.

    Args:
        packed: What `pack` returned.
        special: Ids of the special tokens.
        max_length: What `pack` was told; no row gets longer.

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
    """Rounds a number of tokens up to the next of `PADDED_LENGTHS`, never beyond `max_length`.

    Args:
        longest: Tokens in the longest row, scalar int64.
        max_length: The limit; itself one of the lengths.

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
    """Keeps the first `kept[i]` tokens of row i."""
    row_of = rows.value_rowids()
    within = tf.range(tf.size(row_of, tf.int64)) - tf.gather(rows.row_starts(), row_of)
    values = tf.boolean_mask(rows.flat_values, within < tf.gather(kept, row_of))
    return tf.RaggedTensor.from_row_lengths(values, tf.minimum(rows.row_lengths(), kept), validate=False)


def _longest_first(first: tf.Tensor, second: tf.Tensor, budget: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """How many tokens of each text of a pair stay: the shorter one whole where it fits beside half, else half and half."""
    shorter, longer = tf.minimum(first, second), tf.maximum(first, second)
    half = budget // 2
    both_cut = shorter > half
    keep_shorter = tf.where(both_cut, half, shorter)
    keep_longer = tf.where(both_cut, budget - half, budget - shorter)
    fits = first + second <= budget
    keep_shorter, keep_longer = tf.where(fits, shorter, keep_shorter), tf.where(fits, longer, keep_longer)
    swapped = first > second
    return tf.where(swapped, keep_longer, keep_shorter), tf.where(swapped, keep_shorter, keep_longer)


_ROWS = tf.RaggedTensorSpec([None, None], tf.int32, ragged_rank=1)
_SETTINGS = [tf.TensorSpec([2], tf.int32), tf.TensorSpec([], tf.int64)]
_PACK = {1: _pack_texts, 2: _pack_pairs}
# One by one from Python, the many small ops take longer than what they do. Nothing in them needs autograph, which
# traces slowly.
_AS_GRAPH = {
    columns: tf.function(_PACK[columns], input_signature=[_ROWS] * columns + _SETTINGS, autograph=False)
    for columns in _PACK
}
