"""What the dense layers of an encoder read, as the second moments of their inputs over a sample."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras.models.low_rank import PARTS


class _Products(keras.layers.Layer):
    """Stands where an adapter would; it adds nothing to a dense layer's outputs, and sums the products of its inputs.

    Attributes:
        merged: Whether the dense layer passes it by, as a merged adapter: never.
    """

    merged = False

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the sum."""
        width = inputs_shape[-1]
        self.sum = self.add_weight(
            shape=(width, width), initializer="zeros", dtype="float32", autocast=False, name="sum"
        )
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """Adds the products of `[rows, inputs]`, and returns a zero."""
        rows = tf.cast(inputs, tf.float32)
        self.sum.value.assign_add(tf.matmul(rows, rows, transpose_a=True))
        return tf.zeros([], inputs.dtype)


def second_moments(
    task: Any, inputs: Mapping[str, Any], on_rows: Callable[[int], object] = lambda rows: None
) -> dict[str, np.ndarray]:
    """Sums `x xᵀ` over all `x` that each dense layer of an encoder reads, without padding.

    Args:
        task: A task without adapters.
        inputs: What it reads, as its preprocessor returns it: `token_ids`, `segment_ids` and `padding_mask`, each
            `[rows, tokens]`.
        on_rows: A callback for progress, called with the number of rows read since its last call.

    Returns:
        The sums by the names of the dense layers, as `low_rank.low_rank_of` has them, each `[inputs, inputs]` float64.
    """
    layers = task.backbone.transformer_layers
    given = {name: np.asarray(inputs[name]) for name in ("token_ids", "segment_ids", "padding_mask")}
    for layer in layers:
        layer.add_beside(lambda outputs, name: _Products(dtype=task.backbone.dtype_policy, name=name))
    task.trace()
    try:
        for row, length in enumerate(given["padding_mask"].sum(1)):
            task.logits({name: of[row : row + 1, :length] for name, of in given.items()})
            on_rows(1)
        return {
            f"layer.{number}.{part}": layer.low_rank(part).sum.value.numpy().astype(np.float64)
            for number, layer in enumerate(layers)
            for part in PARTS
        }
    finally:
        for layer in layers:
            layer.remove_low_rank()
        task.trace()
