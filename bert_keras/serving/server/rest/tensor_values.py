"""JSON values as the elements of a tensor, with TensorFlow Serving's checks and messages."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

from bert_keras.serving.server import dtypes
from bert_keras.serving.server.codes import INVALID_ARGUMENT, UNIMPLEMENTED
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.rest.quoting import quoted

_MAX_FLOAT = 3.4028234663852886e38
_RANGES = {
    dtypes.INT32: (-(2**31), 2**31 - 1),
    dtypes.INT16: (-(2**15), 2**15 - 1),
    dtypes.INT8: (-(2**7), 2**7 - 1),
    dtypes.UINT8: (0, 2**8 - 1),
    dtypes.INT64: (-(2**63), 2**63 - 1),
    dtypes.UINT32: (0, 2**32 - 1),
    dtypes.UINT64: (0, 2**64 - 1),
}
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_SPACES = re.compile(rb"[ \t\n\v\f\r]+")


def type_name(value: Any) -> str:
    """Returns RapidJSON's name of a value's type."""
    if value is None or isinstance(value, bool):
        return {None: "Null", True: "True", False: "False"}[value]
    names = ((dict, "Object"), (list, "Array"), ((int, float), "Number"))
    return next((name for kind, name in names if isinstance(value, kind)), "String")


def shape_of(value: Any) -> tuple[int, ...]:
    """Returns the shape of a value as the first element of each list tells it."""
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def add_values(value: Any, shape: tuple[int, ...], dtype: int, into: list[Any]) -> None:
    """Adds the elements of a value to a list.

    Args:
        value: A number, text or nested lists of them.
        shape: Its shape, by `shape_of`.
        dtype: The tensor's dtype.
        into: The list that is added to.

    Raises:
        ServingError: The value has another shape, or an element another type.
    """
    convert = _CONVERSIONS.get(dtype, _no_conversion)
    if not shape and not isinstance(value, (list, dict)):
        into.append(convert(value, dtype))
        return
    todo: list[tuple[Any, int]] = [(value, 0)]
    while todo:
        item, level = todo.pop()
        if isinstance(item, list):
            _check_list(item, level, shape)
            if level + 1 < len(shape) or not _added_at_once(item, dtype, into):
                todo.extend((member, level + 1) for member in reversed(item))
        else:
            if level != len(shape):
                raise ServingError(
                    INVALID_ARGUMENT,
                    f"JSON Value: {quoted(item)} found at incorrect level: {level + 1} in the JSON DOM. "
                    f"Expected at level: {len(shape)}",
                )
            into.append(decoded(item, dtype) if isinstance(item, dict) else convert(item, dtype))


def _added_at_once(items: list[Any], dtype: int, into: list[Any]) -> bool:
    """Adds the elements of a list if all are of the usual kind, which is found out faster for all than for each."""
    kinds = set(map(type, items))
    if dtype == dtypes.STRING and kinds == {str}:
        into.extend([item.encode() for item in items])
        return True
    low, high = _RANGES.get(dtype, (0, -1))
    if kinds == {int} and low <= min(items) and max(items) <= high:
        into.extend(items)
        return True
    return False


def _check_list(item: list[Any], level: int, shape: tuple[int, ...]) -> None:
    if level >= len(shape):
        raise ServingError(INVALID_ARGUMENT, f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(item) != shape[level]:
        raise ServingError(
            INVALID_ARGUMENT,
            f"Encountered list at unexpected size: {len(item)} at level: {level} expected size: {shape[level]}",
        )


def is_base64(value: Any) -> bool:
    """Whether a value stands for bytes: an object with the one key `b64`, whose value is a text."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("b64"), (str, bytes))


def decoded(value: dict[str, Any], dtype: int) -> bytes:
    """Returns the bytes that a JSON object stands for.

    Args:
        value: The object.
        dtype: The tensor's dtype.

    Raises:
        ServingError: It does not stand for bytes, or the tensor does not hold any.
    """
    if dtype != dtypes.STRING:
        raise _type_error(value, dtype)
    if not is_base64(value):
        raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(value)} not formatted correctly for base64 data")
    text = value["b64"]
    packed = _SPACES.sub(b"", text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    bare = packed.rstrip(b"=")
    # Padding may be left out; where it is given it must be complete.
    padded = len(packed) == len(bare) or len(packed) % 4 == 0
    if not _BASE64.fullmatch(packed) or len(bare) % 4 == 1 or not padded:
        raise ServingError(INVALID_ARGUMENT, "Unable to base64 decode")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        raise ServingError(INVALID_ARGUMENT, "Unable to base64 decode") from None


def _type_error(value: Any, dtype: int) -> ServingError:
    kind, wanted = type_name(value), dtypes.dtype_name(dtype)
    return ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(value)} Type: {kind} is not of expected type: {wanted}")


def _text(value: Any, dtype: int) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise _type_error(value, dtype)


def _whole(value: Any, dtype: int) -> int:
    low, high = _RANGES[dtype]
    if type(value) is int and low <= value <= high:
        return value
    raise _type_error(value, dtype)


def _decimal(value: Any, dtype: int) -> float:
    if type(value) not in (int, float):
        raise _type_error(value, dtype)
    single = dtype == dtypes.FLOAT
    if type(value) is int:
        lossless = abs(value) < 2 ** (24 if single else 53)
    else:
        lossless = not single or not math.isfinite(value) or abs(value) <= _MAX_FLOAT
    if not lossless:
        name = dtypes.dtype_name(dtype)
        raise ServingError(
            INVALID_ARGUMENT, f"Cannot convert JSON value: {quoted(value)} to {name} without loss of precision."
        )
    return float(value)


def _truth(value: Any, dtype: int) -> bool:
    if isinstance(value, bool):
        return value
    raise _type_error(value, dtype)


def _no_conversion(value: Any, dtype: int) -> Any:
    name = dtypes.dtype_name(dtype)
    raise ServingError(UNIMPLEMENTED, f"Conversion of JSON Value: {quoted(value)} to type: {name}")


_CONVERSIONS: dict[int, Callable[[Any, int], Any]] = {
    **dict.fromkeys(_RANGES, _whole),
    dtypes.STRING: _text,
    dtypes.FLOAT: _decimal,
    dtypes.DOUBLE: _decimal,
    dtypes.BOOL: _truth,
}
