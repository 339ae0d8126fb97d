"""TensorFlow's dtypes: their numbers, names, and NumPy dtypes."""

import numpy as np

FLOAT, DOUBLE, INT32, UINT8, INT16, INT8, STRING = 1, 2, 3, 4, 5, 6, 7
INT64, BOOL, UINT16, HALF, UINT32, UINT64 = 9, 10, 17, 19, 22, 23

_NAMES = {
    FLOAT: "float",
    DOUBLE: "double",
    INT32: "int32",
    UINT8: "uint8",
    INT16: "int16",
    INT8: "int8",
    STRING: "string",
    8: "complex64",
    INT64: "int64",
    BOOL: "bool",
    14: "bfloat16",
    UINT16: "uint16",
    18: "complex128",
    HALF: "half",
    20: "resource",
    21: "variant",
    UINT32: "uint32",
    UINT64: "uint64",
}
NUMPY: dict[int, np.dtype] = {
    FLOAT: np.dtype(np.float32),
    DOUBLE: np.dtype(np.float64),
    INT32: np.dtype(np.int32),
    UINT8: np.dtype(np.uint8),
    INT16: np.dtype(np.int16),
    INT8: np.dtype(np.int8),
    STRING: np.dtype(object),
    INT64: np.dtype(np.int64),
    BOOL: np.dtype(np.bool_),
    UINT16: np.dtype(np.uint16),
    HALF: np.dtype(np.float16),
    UINT32: np.dtype(np.uint32),
    UINT64: np.dtype(np.uint64),
}
"""NumPy's dtypes by TensorFlow's; strings are arrays of objects."""
NUMBERS = {dtype: number for number, dtype in NUMPY.items()}
"""TensorFlow's dtypes by NumPy's."""

MAX_RANK = 254
"""The largest number of dimensions of a tensor in TensorFlow."""


def dtype_name(dtype: int) -> str:
    """Returns TensorFlow's name of a dtype, such as `string` for 7."""
    return _NAMES.get(dtype, f"unknown dtype enum ({dtype})")
