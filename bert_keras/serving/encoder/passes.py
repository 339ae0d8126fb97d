"""Runs any number of rows in passes by length, so that the memory of a request does not grow with its rows."""

from collections.abc import Callable

import tensorflow as tf

from bert_keras.serving.encoder.rows import ROWS_STEP, FlatRows, positions_of, rows_at
from bert_keras.text import MOST_ROWS

TOKEN_BUDGET = 2048
"""The maximum number of tokens per pass, counted as if each row were as long as the longest."""
PASSES_AT_ONCE = 2
"""The number of passes that run at the same time: what one core computes alone does not leave the others idle."""


def rows_of_pass(longest: tf.Tensor) -> tf.Tensor:
    """Returns the number of rows of a full pass by the tokens of its longest row, so that none is added to them."""
    most = tf.clip_by_value(TOKEN_BUDGET // longest, 1, MOST_ROWS)
    return tf.where(most > ROWS_STEP, most // ROWS_STEP * ROWS_STEP, most)


def run_passes(
    rows: FlatRows, size: int | tf.Tensor, run: Callable[[FlatRows], tf.Tensor], loops: bool = True
) -> tf.Tensor:
    """Runs rows by length, longest first.

    Args:
        rows: The rows; none is fine.
        size: The number of values that `run` returns for each row.
        run: From some of the rows to `[rows, size]` float32.
        loops: Whether to cut them into passes; otherwise all run at once, and of none a row that is left out again.

    Returns:
        The values of all rows, in their order, `[rows, size]` float32.
    """
    count = tf.size(rows.lengths)
    if not loops:
        return run(_at_least_one(rows))[:count]
    order = tf.argsort(rows.lengths, direction="DESCENDING", stable=True)
    firsts = tf.cumsum(rows.lengths, exclusive=True)

    def run_pass(done: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        most = rows_of_pass(rows.lengths[order[done]])
        chosen = order[done : done + most]
        lengths = tf.gather(rows.lengths, chosen)
        at = positions_of(lengths) + tf.repeat(tf.gather(firsts, chosen), lengths)
        part = run(rows_at(rows, at, lengths))
        return done + most, tf.tensor_scatter_nd_update(found, chosen[:, tf.newaxis], part)

    shapes = (tf.TensorShape([]), tf.TensorShape([None, size if isinstance(size, int) else None]))
    loop = (tf.constant(0), tf.zeros(tf.stack([count, size])))
    _, found = tf.while_loop(
        lambda done, _: done < count, run_pass, loop, shape_invariants=shapes, parallel_iterations=PASSES_AT_ONCE
    )
    return found


def _at_least_one(rows: FlatRows) -> FlatRows:
    """Returns the rows, or where there is none one of a single token; without a branch, which LiteRT would convert."""
    lacking = [[0, tf.cast(tf.size(rows.lengths) == 0, tf.int32)]]
    ids, segments, positions = (tf.pad(column, lacking) for column in rows[:3])
    return FlatRows(ids, segments, positions, tf.pad(rows.lengths, lacking, constant_values=1))
