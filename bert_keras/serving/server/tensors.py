"""Tensors of gRPC messages as arrays, and back, without TensorFlow."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bert_keras.serving.server import dtypes
from bert_keras.serving.server.protos import TensorProto

# The fields in which a tensor keeps its elements if it has no content, by dtype.
_FIELDS = {
    dtypes.FLOAT: "float_val",
    dtypes.DOUBLE: "double_val",
    dtypes.INT32: "int_val",
    dtypes.UINT8: "int_val",
    dtypes.INT16: "int_val",
    dtypes.INT8: "int_val",
    dtypes.UINT16: "int_val",
    dtypes.STRING: "string_val",
    dtypes.INT64: "int64_val",
    dtypes.BOOL: "bool_val",
    dtypes.UINT32: "uint32_val",
    dtypes.UINT64: "uint64_val",
    dtypes.HALF: "half_val",
}
_MAX_NUMPY_RANK = 64
_MAX_EXTENT = 2**48


class TensorError(ValueError):
    """A message that is no tensor."""


def array_of(tensor: TensorProto, max_elements: int) -> np.ndarray:
    """Returns the array of a tensor.

    Args:
        tensor: The message. If it has fewer values than elements, the last value fills the rest.
        max_elements: The most elements that are made of fewer values.

    Returns:
        An array of the tensor's dtype; strings are objects that are `bytes`.

    Raises:
        TensorError: The shape is not known or too large, or the content does not fit it.
    """
    shape = tuple(dimension.size for dimension in tensor.tensor_shape.dim)
    if tensor.tensor_shape.unknown_rank or min(shape, default=0) < 0 or len(shape) > _MAX_NUMPY_RANK:
        raise TensorError("its shape is not known, or has too many dimensions")
    if math.prod(max(size, 1) for size in shape) > _MAX_EXTENT:  # with a size of 0 there would be no elements
        raise TensorError("its dimensions are too large")
    if tensor.dtype not in dtypes.NUMPY:
        raise TensorError(f"tensors of {dtypes.dtype_name(tensor.dtype)} are not served")
    count = math.prod(shape)
    if tensor.tensor_content:
        return _of_content(tensor, count).reshape(shape)
    values = getattr(tensor, _FIELDS[tensor.dtype])
    if count > max(len(values), max_elements):
        raise TensorError(f"it has {count} elements, of which {len(values)} are given")
    return _of_values(values, count, tensor.dtype).reshape(shape)


def _of_values(values: Any, count: int, dtype: int) -> np.ndarray:
    given = list(values[:count])
    if dtype == dtypes.HALF:
        flat = np.array(given, np.uint16).view(np.float16)
    elif dtype == dtypes.STRING:
        flat = np.empty(len(given), object)
        flat[:] = given
    else:
        # As a cast in C++ does: int_val has 32 bits, also for smaller dtypes.
        flat = np.array(given, np.int64 if _FIELDS[dtype] == "int_val" else dtypes.NUMPY[dtype])
        flat = flat.astype(dtypes.NUMPY[dtype], copy=False)
    if len(flat) == count:
        return flat
    last = flat[-1] if len(flat) else b"" if dtype == dtypes.STRING else 0
    whole = np.full(count, last, flat.dtype)
    whole[: len(flat)] = flat
    return whole


def _of_content(tensor: TensorProto, count: int) -> np.ndarray:
    content = tensor.tensor_content
    if tensor.dtype == dtypes.STRING:
        return _strings(content, count)
    dtype = dtypes.NUMPY[tensor.dtype]
    if len(content) != count * dtype.itemsize:
        raise TensorError(f"{len(content)} bytes are not {count} elements of {dtypes.dtype_name(tensor.dtype)}")
    return np.frombuffer(content, dtype)


def _strings(content: bytes, count: int) -> np.ndarray:
    """Returns strings whose lengths, as varints, stand before their bytes."""
    if count > len(content):
        raise TensorError(f"{len(content)} bytes are not {count} strings")
    lengths, at = [], 0
    for _ in range(count):
        length, shift = 0, 0
        while True:
            if at >= len(content) or shift > 28:
                raise TensorError("the lengths of its strings are cut off")
            byte = content[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if at + sum(lengths) != len(content):
        raise TensorError("the lengths of its strings do not fit its content")
    flat = np.empty(count, object)
    for place, length in enumerate(lengths):
        flat[place] = content[at : at + length]
        at += length
    return flat


def fill_tensor(tensor: TensorProto, array: np.ndarray) -> None:
    """Writes an array into a message, in the field of its dtype, as TensorFlow Serving does.

    Args:
        tensor: An empty message.
        array: The array.
    """
    dtype = dtypes.NUMBERS[array.dtype]
    tensor.dtype = dtype
    for size in array.shape:
        tensor.tensor_shape.dim.add().size = size
    flat = array.ravel()
    values: Callable[[], list[Any]] = flat.tolist
    if dtype == dtypes.HALF:
        values = flat.view(np.uint16).tolist
    getattr(tensor, _FIELDS[dtype]).extend(values())
