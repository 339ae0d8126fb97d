"""The weights of an export: constants of the graph, or variables in a checkpoint beside it."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import keras
import numpy as np
import tensorflow as tf

Storage: TypeAlias = Literal["graph", "variables"]
GRAPH_LIMIT = 256 * 2**20
"""The most bytes of weights that an export holds as constants. TensorFlow keeps up to ten copies of a constant."""


class ServedWeights:
    """Hands out the weights of a model under names, in the dtype of the export.

    As constants, weights are packed for the processor once, and an export is a single file. Variables take a tenth of
    the memory, and are the only way beyond the 2 GB that a file of a graph can have.

    Args:
        dtype: The dtype of the matrices, "float32" or "bfloat16".
        storage: Where they are.

    Attributes:
        variables: The variables by name; empty if the graph holds the weights.
    """

    def __init__(self, dtype: str, storage: Storage) -> None:
        self.dtype = tf.as_dtype(dtype)
        self.storage = storage
        self.variables: dict[str, tf.Variable] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._constants: dict[tuple[tf.Graph, str], tf.Tensor] = {}

    def __call__(self, name: str, make: Callable[[], np.ndarray], dtype: tf.DType | None = None) -> tf.Tensor:
        """Returns a weight as a tensor of the graph that is being traced.

        Args:
            name: The name, one for each weight.
            make: Returns its values, float32; called once.
            dtype: Its dtype; `None` means that of the matrices.

        Returns:
            The tensor.
        """
        dtype = dtype or self.dtype
        if name not in self._arrays:
            with tf.init_scope():  # values of Keras variables can be read outside of the graph only
                self._arrays[name] = np.ascontiguousarray(make()).astype(dtype.as_numpy_dtype)
        if self.storage == "graph":
            return self._constant(name)
        if name not in self.variables:
            with tf.init_scope():
                self.variables[name] = tf.Variable(self._arrays[name], trainable=False, name=name)
        return tf.convert_to_tensor(self.variables[name])

    def _constant(self, name: str) -> tf.Tensor:
        """Returns the constant of the function that is being traced, of which there is one."""
        key = tf.compat.v1.get_default_graph(), name  # of this function: one of another would be passed to it
        if key not in self._constants:
            self._constants[key] = tf.constant(self._arrays[name])
        return self._constants[key]


def values(weight: Any) -> np.ndarray:
    """Returns the values of a Keras variable, float32."""
    return keras.ops.convert_to_numpy(keras.ops.cast(weight, "float32"))
