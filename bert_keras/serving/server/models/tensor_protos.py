"""TensorProtos as NumPy arrays."""

import math

import numpy as np

from bert_keras.serving.server.dtypes import HALF, INT64, NUMPY, STRING, UINT32, UINT64, dtype_name
from bert_keras.serving.server.protos import TensorProto

_FIELDS = {
    1: "float_val",
    2: "double_val",
    INT64: "int64_val",
    10: "bool_val",
    UINT32: "uint32_val",
    UINT64: "uint64_val",
}


def array_of_proto(proto: TensorProto) -> np.ndarray:
    """Returns the array of a TensorProto, strings as bytes objects; raises `ValueError` if it is broken."""
    shape = [dimension.size for dimension in proto.tensor_shape.dim]
    if proto.dtype not in NUMPY:
        raise ValueError(f"tensors of type {dtype_name(proto.dtype)} cannot be fed")
    dtype, count = NUMPY[proto.dtype], math.prod(shape)
    if proto.tensor_content:
        return np.frombuffer(proto.tensor_content, dtype).reshape(shape)
    if proto.dtype == STRING:
        values = np.empty(len(proto.string_val), dtype=object)
        values[:] = list(proto.string_val)
    elif proto.dtype == HALF:
        values = np.array(proto.half_val, np.uint16).view(dtype)
    else:
        values = np.array(getattr(proto, _FIELDS.get(proto.dtype, "int_val")), dtype)
    # Fewer values than elements: the last one is repeated, as TensorFlow does it.
    missing = count - len(values)
    if missing > 0:
        fill = values[-1:] if len(values) else np.array([b"" if proto.dtype == STRING else 0], dtype)
        values = np.concatenate([values, np.repeat(fill, missing)])
    return values.reshape(shape)
