"""Arrays to and from the tensors of gRPC's messages, without TensorFlow."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.server.protos import DataType, TensorProto

# The field of each type's numbers where they are not sent as bytes.
_FIELDS = {
    "DT_FLOAT": ("float_val", np.float32),
    "DT_DOUBLE": ("double_val", np.float64),
    "DT_INT32": ("int_val", np.int32),
    "DT_INT64": ("int64_val", np.int64),
    "DT_BOOL": ("bool_val", np.bool_),
}
_SENT: tuple[tuple[set[type], str], ...] = (
    # Whole numbers are int32, as the token ids of an export; a server refuses others by their type.
    ({str}, "DT_STRING"),
    ({bool}, "DT_BOOL"),
    ({int}, "DT_INT32"),
    ({int, float}, "DT_FLOAT"),
)
_RESULT_KINDS = {"i": np.int64, "f": np.float32, "b": np.bool_}


def tensor_of(name: str, rows: Sequence[Any]) -> TensorProto:
    """Converts rows to a tensor.

    Args:
        name: The name of the input.
        rows: Texts, numbers, or lists of them, of one shape.

    Returns:
        The tensor: texts as UTF-8, whole numbers as int32, other numbers as float32, or bool.

    Raises:
        InputError: They have different shapes, or are something else.
    """
    try:
        array = np.array(list(rows), dtype=object)
        kinds = set(map(type, array.ravel()))
        dtype = next((dtype for types, dtype in _SENT if kinds <= types), None)
        if dtype is None:
            raise ValueError(f"of types {', '.join(sorted(kind.__name__ for kind in kinds))}")
        tensor = TensorProto(dtype=DataType.Value(dtype))
        for size in array.shape:
            tensor.tensor_shape.dim.add(size=size)
        if dtype == "DT_STRING":
            tensor.string_val.extend(text.encode() for text in array.ravel())
        else:
            tensor.tensor_content = array.astype(_FIELDS[dtype][1]).tobytes()
        return tensor
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"input {name}: rows of one shape are wanted, all texts or all numbers ({error}). Received: {rows[0]!r:.60}"
        ) from error


def array_of_tensor(name: str, tensor: TensorProto) -> np.ndarray:
    """Converts a tensor to an array.

    Args:
        name: The name of the output.
        tensor: The tensor.

    Returns:
        Texts as objects of str, whole numbers as int64, other numbers as float32, or bool.

    Raises:
        UnexpectedAnswer: Its values do not fit its shape, a text is no UTF-8, or its type is another.
    """
    try:
        shape = [dimension.size for dimension in tensor.tensor_shape.dim]
        if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
            raise ValueError("a shape that is not known")
        values = _values(tensor, math.prod(shape))
        return values.reshape(shape)
    except (ValueError, KeyError) as error:
        raise UnexpectedAnswer(f"answered in {name} with a tensor that cannot be read ({error})") from error


def _values(tensor: TensorProto, count: int) -> np.ndarray:
    dtype = DataType.Name(tensor.dtype)
    if dtype == "DT_STRING":
        texts = np.empty(len(tensor.string_val), object)
        texts[:] = [text.decode() for text in tensor.string_val]
        return _filled(texts, count)
    if dtype not in _FIELDS:
        raise ValueError(f"of type {dtype}")
    field, kind = _FIELDS[dtype]
    if tensor.tensor_content:
        values: np.ndarray = np.frombuffer(tensor.tensor_content, kind)
        if len(values) != count:
            raise ValueError(f"{len(values)} numbers for {count} places")
    else:
        values = _filled(np.array(getattr(tensor, field), kind), count)
    return values.astype(_RESULT_KINDS[values.dtype.kind])


def _filled(values: np.ndarray, count: int) -> np.ndarray:
    """Repeats the last value, which a tensor leaves out where it goes on to the end; none at all stands for zeros."""
    if len(values) > count:
        raise ValueError(f"{len(values)} values for {count} places")
    if len(values) == count:
        return values
    last = (
        values[-1:] if len(values) else np.array([""], object) if values.dtype == object else np.zeros(1, values.dtype)
    )
    return np.concatenate([values, np.repeat(last, count - len(values))])
