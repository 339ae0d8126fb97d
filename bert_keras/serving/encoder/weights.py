"""The weights of an export: constants of the graph, or variables in a checkpoint beside it."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import keras
import numpy as np
import tensorflow as tf

Storage: TypeAlias = Literal["graph", "variables"]
GRAPH_LIMIT = 256 * 2**20
"""The most bytes of matrices that an export holds as constants. TensorFlow keeps up to ten copies of a constant."""


class ServedWeights:
    """Hands out the weights of a model under names, in the dtype of the export.

    The matrices of products are constants of the graph, which oneDNN packs for the processor once, unless they are so
    large that the copies that TensorFlow makes of constants take too much memory; a file of a graph can also have no
    more than 2 GB. Tables, of which single rows are read, are variables: as constants they would only take memory.

    Args:
        dtype: The dtype of the weights, "float32" or "bfloat16".
        storage: Where the matrices are.

    Attributes:
        variables: The variables by name.
    """

    def __init__(self, dtype: str, storage: Storage) -> None:
        self.dtype = tf.as_dtype(dtype)
        self.storage = storage
        self.variables: dict[str, tf.Variable] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._constants: dict[tuple[tf.Graph, str], tf.Tensor] = {}

    def __call__(self, name: str, make: Callable[[], np.ndarray], dtype: tf.DType | None = None) -> tf.Tensor:
        """Returns a matrix or a vector as a tensor of the graph that is being traced.

        Args:
            name: The name, one for each weight.
            make: Returns its values, float32; called once.
            dtype: Its dtype; `None` means that of the weights.

        Returns:
            The tensor.
        """
        if name not in self._arrays:
            with tf.init_scope():  # values of Keras variables can be read outside of a graph only
                self._arrays[name] = np.ascontiguousarray(make()).astype((dtype or self.dtype).as_numpy_dtype)
        if self.storage == "variables":
            return tf.convert_to_tensor(self._variable(name))
        return self._constant(name)

    def rows(self, name: str, make: Callable[[], np.ndarray], places: tf.Tensor) -> tf.Tensor:
        """Returns rows of a table, `[places, width]`.

        Args:
            name: The name of the table.
            make: Returns its values, float32; called once.
            places: The numbers of the rows, `[places]` int32.

        Returns:
            The rows in the dtype of the weights.
        """
        self._keep_table(name, make)
        return tf.gather(self._variable(name), places)

    def table(self, name: str, make: Callable[[], np.ndarray]) -> tf.Tensor:
        """Returns the whole of a table that `rows` reads, too, `[rows, width]` in the dtype of the weights.

        Args:
            name: The name of the table.
            make: Returns its values, float32; called once.
        """
        self._keep_table(name, make)
        return tf.convert_to_tensor(self._variable(name))

    def _keep_table(self, name: str, make: Callable[[], np.ndarray]) -> None:
        if name not in self._arrays:
            with tf.init_scope():
                self._arrays[name] = make().astype(self.dtype.as_numpy_dtype)

    def _variable(self, name: str) -> tf.Variable:
        if name not in self.variables:
            with tf.init_scope():
                self.variables[name] = tf.Variable(self._arrays[name], trainable=False, name=name)
        return self.variables[name]

    def _constant(self, name: str) -> tf.Tensor:
        """Returns the constant of the function that is being traced, of which there is one."""
        key = tf.compat.v1.get_default_graph(), name  # of this function: one of another would be passed to it
        if key not in self._constants:
            self._constants[key] = tf.constant(self._arrays[name])
        return self._constants[key]


def values(weight: Any) -> np.ndarray:
    """Returns the values of a Keras variable, float32."""
    return keras.ops.convert_to_numpy(keras.ops.cast(weight, "float32"))
