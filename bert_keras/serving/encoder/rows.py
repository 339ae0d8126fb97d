"""Rows of tokens one behind the other, without padding, and their places in the padded matrices of attention."""

from typing import NamedTuple

import tensorflow as tf

ROWS_STEP = 4
"""More rows than this are a multiple of it: those that lack are added, without tokens."""
_COLUMNS_STEP = 16  # what a softmax of oneDNN takes at once; other widths take half as long again
# A new shape costs oneDNN milliseconds, so that large ones are rounded up. A single sentence is never padded.
_EXACT, _LARGEST = 64, 2**16


class FlatRows(NamedTuple):
    """Rows of tokens one behind the other.

    Attributes:
        token_ids: The token ids, `[tokens]` int32.
        segment_ids: The segment ids, `[tokens]` int32.
        positions: The column of each token in its row, `[tokens]` int32.
        lengths: The number of tokens of each row, at least 1, `[rows]` int32.
    """

    token_ids: tf.Tensor
    segment_ids: tf.Tensor
    positions: tf.Tensor
    lengths: tf.Tensor


def rows_at(rows: FlatRows, places: tf.Tensor, lengths: tf.Tensor) -> FlatRows:
    """Returns the tokens at some places, `[places]`, as rows of the given lengths."""
    ids, segments, positions = (tf.gather(column, places) for column in rows[:3])
    return FlatRows(ids, segments, positions, lengths)


class Places(NamedTuple):
    """Where the tokens of flat rows are.

    Attributes:
        chosen: For each place of the flat matrices, the token that it holds, `[places]`: all tokens in order, then the
            last one again.
        padded: For each place of the padded matrices, the flat place of its token, `[rows, columns]`; 0 where it holds
            none.
        flat: For each flat place, its place in the padded matrices, `[places]`.
        firsts: The flat place of each row's first token, `[rows]`.
        held: Whether a place of the padded matrices holds a token, `[rows, columns]`.
        rows: The number of rows, those that were added to a round number included.
        columns: The number of columns.
    """

    chosen: tf.Tensor
    padded: tf.Tensor
    flat: tf.Tensor
    firsts: tf.Tensor
    held: tf.Tensor
    rows: tf.Tensor
    columns: tf.Tensor


def flat_rows(token_ids: tf.RaggedTensor, segment_ids: tf.RaggedTensor) -> FlatRows:
    """Converts ragged rows, `[rows, (tokens)]` int32, whose columns are their positions."""
    lengths = tf.cast(token_ids.row_lengths(), tf.int32)
    return FlatRows(token_ids.flat_values, segment_ids.flat_values, positions_of(lengths), lengths)


def positions_of(lengths: tf.Tensor) -> tf.Tensor:
    """Returns the column of each token of rows of the lengths `[rows]`, `[tokens]` int32."""
    return tf.range(tf.reduce_sum(lengths)) - tf.repeat(tf.cumsum(lengths, exclusive=True), lengths)


def places_of(lengths: tf.Tensor) -> Places:
    """Finds the places of rows of the lengths `[rows]` int32 in flat and padded matrices."""
    count, tokens, longest = tf.size(lengths), tf.reduce_sum(lengths), tf.reduce_max(lengths)
    rows = tf.where(count > ROWS_STEP, _multiple(count, ROWS_STEP), count)
    columns = tf.where(count > 1, _multiple(longest, _COLUMNS_STEP), longest)
    chosen = tf.minimum(tf.range(_rounded(tokens)), tokens - 1)
    firsts = tf.cumsum(lengths, exclusive=True)
    row_of = tf.repeat(tf.range(count), lengths)
    flat = row_of * columns + tf.range(tokens) - tf.gather(firsts, row_of)
    lengths = tf.pad(lengths, [[0, rows - count]])
    firsts = tf.pad(firsts, [[0, rows - count]])
    within = tf.range(columns)[tf.newaxis]
    held = within < lengths[:, tf.newaxis]
    padded = tf.where(held, firsts[:, tf.newaxis] + within, 0)
    return Places(chosen, padded, tf.gather(flat, chosen), firsts, held, rows, columns)


def unit_mean_of_rows(x: tf.Tensor, places: Places) -> tf.Tensor:
    """Computes the mean of each row's tokens, divided by its length, as `models.classifier_pooling.unit_mean` does.

    Args:
        x: The hidden states, `[places, hidden]`.
        places: Where the tokens of the rows are.

    Returns:
        The vectors, `[rows, hidden]` float32; 0 for rows without tokens.
    """
    held = tf.cast(places.held, tf.float32)
    shape = tf.stack([places.rows, places.columns, x.shape[-1]])
    padded = tf.reshape(tf.gather(tf.cast(x, tf.float32), places.padded), shape)
    total = tf.reduce_sum(padded * held[:, :, tf.newaxis], axis=1)
    mean = total / tf.maximum(tf.reduce_sum(held, axis=1, keepdims=True), 1.0)
    return tf.math.l2_normalize(mean, axis=-1)


def _multiple(number: tf.Tensor, of: int) -> tf.Tensor:
    return (number + of - 1) // of * of


def _rounded(tokens: tf.Tensor) -> tf.Tensor:
    """Rounds a number of tokens up by at most a thirty-second part."""
    sizes, size = list(range(1, _EXACT + 1)), _EXACT
    while size < _LARGEST:
        size += 2 ** (size.bit_length() - 6)
        sizes.append(size)
    table = tf.constant(sizes, tf.int32)  # not searched, since LiteRT has no op for that
    fitting = tf.reduce_min(tf.where(table >= tokens, table, tf.int32.max))
    return tf.where(fitting < tf.int32.max, fitting, tokens)
