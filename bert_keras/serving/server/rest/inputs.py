"""The tensors of a predict request in JSON: rows in `instances`, or columns in `inputs`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bert_keras.serving.server import dtypes
from bert_keras.serving.server.codes import INVALID_ARGUMENT, UNIMPLEMENTED, code_name
from bert_keras.serving.server.interface import ServingError, Tensors
from bert_keras.serving.server.rest.quoting import quoted
from bert_keras.serving.server.rest.tensor_values import add_values, is_base64, shape_of
from bert_keras.serving.server.wrong_count import wrong_count

_PLAIN_ROWS = (
    "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map"
)
_PLAIN_COLUMNS = (
    "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map"
)


_NUMPY_RANK = 64  # the largest number of dimensions of an array


@dataclass(frozen=True)
class Inputs:
    """The tensors of a request.

    Attributes:
        tensors: The tensors by name.
        in_rows: Whether they came in rows.
        folded: The true shapes, as messages print them, by the shapes of tensors that have more dimensions than NumPy's
            arrays and are folded: no graph takes them, and its message is to tell the true shape.
    """

    tensors: Tensors
    in_rows: bool
    folded: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return max((len(tensor) if tensor.ndim else 1 for tensor in self.tensors.values()), default=0)


def read_inputs(body: Mapping[str, Any], inputs: Mapping[str, int]) -> Inputs:
    """Reads the tensors of a predict request.

    Args:
        body: The JSON object of the request.
        inputs: The dtypes of the signature's inputs, by name.

    Returns:
        The tensors.

    Raises:
        ServingError: The request is not what the signature takes.
    """
    if "instances" in body:
        if "inputs" in body:
            message = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
            raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(body)} {message}")
        return _from_rows(_checked_rows(body), inputs)
    if "inputs" not in body:
        raise ServingError(INVALID_ARGUMENT, "Missing 'inputs' or 'instances' key")
    return _from_columns(body["inputs"], inputs)


def _checked_rows(body: Mapping[str, Any]) -> list[Any]:
    rows = body["instances"]
    if not isinstance(rows, list):
        message = "Expecting 'instances' to be an list/array"
    elif not rows:
        message = "No values in 'instances' array"
    else:
        return rows
    raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(body)} {message}")


class _Column:
    """The elements of one input, row by row.

    Args:
        dtype: The input's dtype.
    """

    def __init__(self, dtype: int) -> None:
        self.dtype = dtype
        self.values: list[Any] = []
        self.shape: tuple[int, ...] | None = None
        self.size = 0

    def add(self, item: Any) -> None:
        """Adds a row, whose shape must be that of the first one."""
        shape, before = shape_of(item), len(self.values)
        add_values(item, shape, self.dtype, self.values)
        if self.shape is None:
            self.shape, self.size = shape, len(self.values)
            return
        size = len(self.values) - before
        if size != self.size:
            raise ServingError(INVALID_ARGUMENT, f"Expecting tensor size: {self.size} but got: {size}")
        if shape != self.shape:
            wanted, got = _shape_text(self.shape), _shape_text(shape)
            raise ServingError(INVALID_ARGUMENT, f"Expecting shape {wanted} but got: {got}")


def _from_rows(rows: list[Any], inputs: Mapping[str, int]) -> Inputs:
    if not isinstance(rows[0], dict) and len(inputs) > 1:
        raise ServingError(INVALID_ARGUMENT, _PLAIN_ROWS)
    columns = {name: _Column(dtype) for name, dtype in inputs.items()}
    if _is_named(rows[0]):
        for place, row in enumerate(rows):
            _add_named(columns, row, place)
    else:
        first = next(iter(inputs))
        for place, row in enumerate(rows):
            _add_plain(columns[first], row, place)
        if len(inputs) > 1:  # the rows are bytes in base64, which pass for objects above
            raise ServingError(INVALID_ARGUMENT, wrong_count([first], sorted(inputs)))
    folded: dict[str, str] = {}
    tensors = {
        name: _array(name, column.values, (len(rows), *(column.shape or ())), column.dtype, folded)
        for name, column in columns.items()
    }
    return Inputs(tensors, True, folded)


def _is_named(row: Any) -> bool:
    return isinstance(row, dict) and not is_base64(row)


def _add_named(columns: Mapping[str, _Column], row: Any, place: int) -> None:
    if not _is_named(row):
        raise ServingError(INVALID_ARGUMENT, f"Expecting object but got list at item {place} of input list")
    for name, value in row.items():
        try:
            if name not in columns:
                raise ServingError(INVALID_ARGUMENT, f"JSON object: does not have named input: {name}")
            columns[name].add(value)
        except ServingError as error:
            raise _of_element(place, f" key: {name}", error) from None
    if len(row) != len(columns):
        wanted = ",".join(sorted(columns))
        message = f"of 'instances' list. JSON object: {quoted(row)} keys must be equal to: {wanted}"
        raise ServingError(INVALID_ARGUMENT, f"Failed to process element: {place} {message}")


def _add_plain(column: _Column, row: Any, place: int) -> None:
    if _is_named(row):
        raise ServingError(INVALID_ARGUMENT, f"Expecting value/list but got object at item {place} of input list")
    try:
        column.add(row)
    except ServingError as error:
        raise _of_element(place, "", error) from None


def _of_element(place: int, key: str, error: ServingError) -> ServingError:
    message = f"of 'instances' list. Error: {code_name(error.code)}: {error.message}"
    return ServingError(INVALID_ARGUMENT, f"Failed to process element: {place}{key} {message}")


def _from_columns(given: Any, inputs: Mapping[str, int]) -> Inputs:
    if not _is_named(given):
        if len(inputs) > 1:
            raise ServingError(INVALID_ARGUMENT, _PLAIN_COLUMNS)
        given = {next(iter(inputs)): given}
    tensors: dict[str, np.ndarray] = {}
    folded: dict[str, str] = {}
    for name, dtype in inputs.items():
        if name not in given:
            raise ServingError(INVALID_ARGUMENT, f"Missing named input: {name} in 'inputs' object.")
        values: list[Any] = []
        shape = shape_of(given[name])
        add_values(given[name], shape, dtype, values)
        tensors[name] = _array(name, values, shape, dtype, folded)
    return Inputs(tensors, False, folded)


def _array(name: str, values: list[Any], shape: tuple[int, ...], dtype: int, folded: dict[str, str]) -> np.ndarray:
    """Returns the array of a tensor; notes its shape if it has more dimensions than an array."""
    if len(shape) > dtypes.MAX_RANK:
        raise ServingError(INVALID_ARGUMENT, f"tensor parsing error: {name}")
    if dtype not in dtypes.NUMPY:
        raise ServingError(UNIMPLEMENTED, f"Conversion of JSON Value: [] to type: {dtypes.dtype_name(dtype)}")
    flat = np.empty(len(values), dtypes.NUMPY[dtype])
    flat[:] = values
    if len(shape) > _NUMPY_RANK:
        whole, shape = shape, (*shape[: _NUMPY_RANK - 1], math.prod(shape[_NUMPY_RANK - 1 :]))
        folded[_shape_text(shape)] = _shape_text(whole)
    return flat.reshape(shape)


def _shape_text(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"
