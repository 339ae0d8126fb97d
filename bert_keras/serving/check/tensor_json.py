"""The JSON form of arrays, in which they travel to the child process and back."""

import base64
import math
from typing import Any

import numpy as np
import tensorflow as tf


def encode(array: np.ndarray) -> dict[str, Any]:
    """Returns an array as a JSON object.

    Args:
        array: An array of numbers or of bytes objects.

    Returns:
        The number of TensorFlow's data type, the shape, and the elements in base64: one text, or one per string.
    """
    head = {"dtype": tf.as_dtype(array.dtype).as_datatype_enum, "shape": list(array.shape)}
    if array.dtype == object:
        return head | {"strings": [base64.b64encode(row).decode() for row in array.reshape(-1)]}
    return head | {"data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def decode(value: dict[str, Any]) -> np.ndarray:
    """Returns the array of a JSON object that `encode` returned."""
    if "strings" in value:
        array = np.empty(math.prod(value["shape"]), dtype=object)
        array[:] = [base64.b64decode(row) for row in value["strings"]]
    else:
        array = np.frombuffer(base64.b64decode(value["data"]), dtype=tf.as_dtype(value["dtype"]).as_numpy_dtype)
    return array.reshape(value["shape"])
