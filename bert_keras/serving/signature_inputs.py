"""What the signatures of all tasks take: strings `[batch]`, and token ids `[batch, tokens]`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

TOKEN_SIGNATURE = "token_ids"
TOKEN_INPUTS = {
    name: tf.TensorSpec([None, None], tf.int32, name=name) for name in ("token_ids", "segment_ids", "padding_mask")
}


def string_inputs(*names: str) -> dict[str, tf.TensorSpec]:
    """Describes inputs of strings `[batch]`."""
    return {name: tf.TensorSpec([None], tf.string, name=name) for name in names}


def string_rows(strings: tf.Tensor) -> tf.Tensor:
    """Refuses a scalar or a matrix: the runtime does not check what it is fed, and tensorflow-text's ops crash on a scalar."""
    return tf.ensure_shape(strings, [None])


def token_rows(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
    """Names what a model reads, and refuses anything but matrices."""
    inputs = {"token_ids": token_ids, "segment_ids": segment_ids, "padding_mask": padding_mask}
    return {name: tf.ensure_shape(value, [None, None]) for name, value in inputs.items()}


def signature(body: Callable[..., Any], inputs: dict[str, tf.TensorSpec]) -> tf.types.experimental.GenericFunction:
    """Makes a signature of a function that takes tensors in the order of `inputs`."""
    return tf.function(
        body, input_signature=list(inputs.values()), autograph=False
    )  # nothing needs it, and it traces slowly
