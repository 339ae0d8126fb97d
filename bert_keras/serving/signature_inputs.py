"""The inputs that the signatures of all tasks share: strings `[batch]`, and token ids `[batch, tokens]`."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from bert_keras.serving.encoder import FlatRows

Signatures: TypeAlias = dict[str, tf.types.experimental.GenericFunction]
TOKEN_SIGNATURE = "token_ids"
TOKEN_INPUTS = {
    name: tf.TensorSpec([None, None], tf.int32, name=name) for name in ("token_ids", "segment_ids", "padding_mask")
}


class TokenMatrix(NamedTuple):
    """The inputs of the signature on token ids.

    Attributes:
        rows: The tokens without padding.
        columns: The number of columns of the matrix, scalar int32.
    """

    rows: FlatRows
    columns: tf.Tensor


def string_inputs(names: Sequence[str]) -> dict[str, tf.TensorSpec]:
    """Returns the inputs of a signature on strings, each `[batch]`."""
    return {name: tf.TensorSpec([None], tf.string, name=name) for name in names}


def string_rows(strings: tf.Tensor) -> tf.Tensor:
    """Returns the strings, and fails for a scalar or a matrix.

    The runtime does not check the shapes that it is fed, and tensorflow-text's ops crash on a scalar.
    """
    return tf.ensure_shape(strings, [None])


def equal_counts(first: tf.Tensor, second: tf.Tensor, message: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns two columns of strings, and fails with a message and both counts if these differ."""
    first, second = string_rows(first), string_rows(second)
    sizes = [tf.size(first), tf.size(second)]
    with tf.control_dependencies([tf.debugging.Assert(tf.equal(*sizes), [message, *sizes])]):
        return tf.identity(first), tf.identity(second)


def token_matrix(
    token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor, cls: int, most: int
) -> TokenMatrix:
    """Checks the inputs of the signature on token ids, and takes the padding out.

    A `[CLS]` behind the first column is padding whatever the mask says: a server that pads requests of different
    lengths pads each input with its first element, which makes that of the mask a 1. The first column always counts.

    Args:
        token_ids: The token ids, `[batch, tokens]` int32.
        segment_ids: The segment ids, `[batch, tokens]` int32.
        padding_mask: Not 0 for tokens, 0 for padding, `[batch, tokens]` int32.
        cls: The id of `[CLS]`.
        most: The maximum number of columns, the number of positions of the model.

    Returns:
        The rows.
    """
    given = [tf.ensure_shape(value, [None, None]) for value in (token_ids, segment_ids, padding_mask)]
    shapes = [tf.shape(value) for value in given]
    columns = shapes[0][1]
    alike = tf.reduce_all(tf.equal(shapes[0], shapes[1]) & tf.equal(shapes[0], shapes[2]))
    checks = [
        tf.debugging.Assert(alike, ["token_ids, segment_ids, padding_mask must have one shape; received:", *shapes]),
        tf.debugging.Assert(
            ((columns > 0) & (columns <= most)) | tf.equal(shapes[0][0], 0),
            [f"a row has 1 to {most} tokens; received rows of:", columns],
        ),
    ]
    with tf.control_dependencies(checks):
        ids, segments, mask = (tf.identity(value) for value in given)
    first = tf.expand_dims(tf.equal(tf.range(columns), 0), 0)
    kept = (tf.not_equal(mask, 0) & tf.not_equal(ids, cls)) | (first & tf.ones_like(mask, tf.bool))
    at = tf.cast(tf.where(kept), tf.int32)
    lengths = tf.reduce_sum(tf.cast(kept, tf.int32), axis=1)
    return TokenMatrix(FlatRows(tf.gather_nd(ids, at), tf.gather_nd(segments, at), at[:, 1], lengths), columns)


def signature(body: Callable[..., Any], inputs: dict[str, tf.TensorSpec]) -> tf.types.experimental.GenericFunction:
    """Returns the function of a signature, whose arguments are the inputs in their order."""
    # AutoGraph is not needed here, and slows tracing.
    return tf.function(body, input_signature=list(inputs.values()), autograph=False)
