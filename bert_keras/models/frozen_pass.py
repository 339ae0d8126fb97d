"""A forward pass whose largest weights are constants of its graph, which processors multiply faster than variables."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras.runtime.custom_gradients import forgotten_gradients

_LIMIT = 128 * 2**20  # bytes of kernels: TensorFlow keeps up to ten copies of a constant


class FrozenPass:
    """A traced graph that holds the kernels of an encoder's dense layers as they were.

    oneDNN packs a constant once, for the tiles of the processor. A variable it reads as it lies, since its values may
    have changed: products in bfloat16 take two to three times as long. What is no kernel is read each time.

    Args:
        run: A function from inputs to outputs, without Python control flow on tensors.
        inputs: The specifications of the inputs by name.
        layers: The dense layers.
    """

    def __init__(
        self, run: Callable[[dict[str, Any]], Any], inputs: Mapping[str, tf.TensorSpec], layers: Sequence[Any]
    ) -> None:
        held = [(layer.kernel, _values(layer)) for layer in layers]
        self._state = _hash([values for _, values in held])

        def frozen(given: dict[str, Any]) -> Any:
            # In the dtype of the variables, to which Keras casts them: where a cast makes a constant larger, TensorFlow
            # repeats it in each call, and what is cast then is no constant to oneDNN.
            with keras.StatelessScope(state_mapping=[(kernel, tf.constant(values)) for kernel, values in held]):
                return run(given)

        traced = tf.function(frozen, input_signature=[dict(inputs)], autograph=False)
        with forgotten_gradients():  # nothing asks for them, and they would keep the constants of all graphs
            self.graph = traced.get_concrete_function()

    def is_of(self, layers: Sequence[Any]) -> bool:
        """Returns whether the kernels of the layers have the values that the graph holds."""
        return _hash([_values(layer) for layer in layers]) == self._state


def can_freeze(layers: Sequence[Any]) -> bool:
    """Returns whether constants are faster, which they are in bfloat16, and the kernels not too large for them."""
    if tf.config.list_physical_devices("GPU") or any(
        (layer.compute_dtype, layer.kernel.dtype) != ("bfloat16", "float32") for layer in layers
    ):
        return False
    return 0 < sum(4 * math.prod(layer.kernel.shape) for layer in layers) <= _LIMIT


def _values(layer: Any) -> np.ndarray:
    return np.ascontiguousarray(keras.ops.convert_to_numpy(layer.kernel))


def _hash(arrays: Sequence[np.ndarray]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for values in arrays:
        digest.update(values.reshape(-1).view(np.uint8).data)
    return digest.digest()
