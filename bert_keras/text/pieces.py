"""The word pieces of the texts of a batch."""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

_SHARDS = 4


class Pieces(NamedTuple):
    """The word pieces of the texts of a batch, concatenated.

    Attributes:
        values: The ids int32, and with offsets also the starts and ends int64, each `[pieces]`.
        row_lengths: The number of pieces of each text, `[batch]` int64.
    """

    values: tuple[tf.Tensor, ...]
    row_lengths: tf.Tensor


def joined(parts: Sequence[Pieces]) -> Pieces:
    """Returns the pieces of several batches as one batch."""
    values = tuple(tf.concat(both, axis=0) for both in zip(*(part.values for part in parts), strict=True))
    return Pieces(values, tf.concat([part.row_lengths for part in parts], axis=0))


def gathered(pieces: Pieces, order: tf.Tensor) -> Pieces:
    """Returns the pieces of texts in another order."""

    def gather(values: tf.Tensor) -> tf.Tensor:
        rows = tf.RaggedTensor.from_row_lengths(values, pieces.row_lengths, validate=False)
        return tf.gather(rows, order).flat_values

    return Pieces(tuple(map(gather, pieces.values)), tf.gather(pieces.row_lengths, order))


def shifted(pieces: Pieces, by: tf.Tensor) -> Pieces:
    """Returns pieces with the offsets of each text moved, `by` `[batch]` int64."""
    if len(pieces.values) == 1:
        return pieces
    ids, *offsets = pieces.values
    moved = tf.repeat(by, pieces.row_lengths)
    return pieces._replace(values=(ids, *(values + moved for values in offsets)))


def shards(texts: tf.Tensor) -> list[tf.Tensor]:
    """Divides a batch into parts that run in parallel, since each op on strings uses only one core."""
    edges = tf.size(texts) * tf.range(_SHARDS + 1) // _SHARDS
    return [texts[edges[part] : edges[part + 1]] for part in range(_SHARDS)]
