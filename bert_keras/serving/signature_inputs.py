"""The inputs that the signatures of all tasks share: strings `[batch]`, and token ids `[batch, tokens]`."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

TOKEN_SIGNATURE = "token_ids"
_TOKEN_INPUTS = {
    name: tf.TensorSpec([None, None], tf.int32, name=name) for name in ("token_ids", "segment_ids", "padding_mask")
}


def export_signatures(
    of_strings: Callable[..., Any], names: Sequence[str], of_inputs: Callable[[dict[str, tf.Tensor]], Any]
) -> dict[str, tf.types.experimental.GenericFunction]:
    """Returns the two signatures of an export.

    Args:
        of_strings: The function of `serving_default`, which takes a tensor of strings for each name, in order.
        names: The names of the string inputs, each `[batch]`.
        of_inputs: The function of `token_ids`, which takes the model's inputs by name: `token_ids`, `segment_ids` and
            `padding_mask`, each `[batch, tokens]` int32.

    Returns:
        The signatures by name.
    """

    def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> Any:
        inputs = {"token_ids": token_ids, "segment_ids": segment_ids, "padding_mask": padding_mask}
        checked = {name: tf.ensure_shape(value, [None, None]) for name, value in inputs.items()}
        # A model without segments does not read them, and what nobody reads is not checked; both branches are the same.
        mask = checked["padding_mask"]
        return of_inputs(checked | {"padding_mask": tf.where(checked["segment_ids"] >= 0, mask, mask)})

    strings = {name: tf.TensorSpec([None], tf.string, name=name) for name in names}
    return {"serving_default": _signature(of_strings, strings), TOKEN_SIGNATURE: _signature(of_tokens, _TOKEN_INPUTS)}


def string_rows(strings: tf.Tensor) -> tf.Tensor:
    """Returns the strings, and fails for a scalar or a matrix.

    The runtime does not check the shapes that it is fed, and tensorflow-text's ops crash on a scalar.
    """
    return tf.ensure_shape(strings, [None])


def _signature(body: Callable[..., Any], inputs: dict[str, tf.TensorSpec]) -> tf.types.experimental.GenericFunction:
    # AutoGraph is not needed here, and slows tracing.
    return tf.function(body, input_signature=list(inputs.values()), autograph=False)
