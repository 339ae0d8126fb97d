"""Arrays as JSON, as they travel to the child process and back."""

import base64
import math
from typing import Any

import numpy as np
import tensorflow as tf


def encode(array: np.ndarray) -> dict[str, Any]:
    """An array as a JSON object.

    Args:
        array: Numbers, or bytes objects.

    Returns:
        The number of TensorFlow's data type, the shape, and the elements as base64: one text, or one for each string.
    """
    head = {"dtype": tf.as_dtype(array.dtype).as_datatype_enum, "shape": list(array.shape)}
    if array.dtype == object:
        return head | {"strings": [base64.b64encode(row).decode() for row in array.reshape(-1)]}
    return head | {"data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def decode(value: dict[str, Any]) -> np.ndarray:
    """The array in a JSON object.

    Args:
        value: As `encode` writes it.

    Returns:
        The array.
    """
    if "strings" in value:
        array = np.empty(math.prod(value["shape"]), dtype=object)
        array[:] = [base64.b64decode(row) for row in value["strings"]]
    else:
        array = np.frombuffer(base64.b64decode(value["data"]), dtype=tf.as_dtype(value["dtype"]).as_numpy_dtype)
    return array.reshape(value["shape"])
