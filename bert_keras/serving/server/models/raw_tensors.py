"""NumPy arrays as the tensors of frames, and back."""

import math

import numpy as np

from bert_keras.serving.c_runtime.frames import RawTensor
from bert_keras.serving.server.dtypes import NUMBERS, NUMPY, STRING, dtype_name
from bert_keras.serving.server.interface import ServingError


def raw_tensor(array: np.ndarray) -> RawTensor:
    """Returns an array of numbers or of bytes objects as a tensor of a frame; raises `ServingError` for other types."""
    number = NUMBERS.get(array.dtype)
    if number is None:
        raise ServingError(3, f"arrays of {array.dtype.name} cannot be fed")
    return number, array.shape, array.ravel().tolist() if number == STRING else array.tobytes()


def array_of(tensor: RawTensor) -> np.ndarray:
    """Returns the array of a tensor; raises `ServingError` if NumPy has no such type."""
    number, shape, data = tensor
    if number not in NUMPY:
        raise ServingError(12, f"an output of type {dtype_name(number)} cannot be returned")
    if isinstance(data, bytes):
        return np.frombuffer(data, dtype=NUMPY[number]).reshape(shape)
    array = np.empty(math.prod(shape), dtype=object)
    array[:] = data
    return array.reshape(shape)
