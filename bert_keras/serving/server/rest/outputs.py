"""The answer to a predict request as JSON, in the layout of TensorFlow Serving."""

import base64
import math
from collections.abc import Mapping, Sequence

import numpy as np

from bert_keras.serving.server.codes import INVALID_ARGUMENT
from bert_keras.serving.server.interface import ServingError, Tensors
from bert_keras.serving.server.rest.numbers import decimal_texts
from bert_keras.serving.server.rest.quoting import json_text

_INDENT = "    "


def rows_text(outputs: Tensors) -> str:
    """Returns outputs as rows: a list of objects, or of values if there is one output.

    Args:
        outputs: The outputs by name; each has the batch as its first dimension.

    Raises:
        ServingError: An output has no batch, or the batches differ.
    """
    rows = _checked_rows(outputs)
    columns = {name: _lines(_texts(name, tensor), tensor.shape) for name, tensor in sorted(outputs.items())}
    if len(columns) == 1:
        values = next(iter(columns.values()))
        inner = f"[{', '.join(values)}\n{_INDENT}]" if values else "[]"
    else:
        keys = [f"\n{_INDENT * 3}{json_text(name)}: " for name in columns]
        parts = zip(*columns.values(), strict=True)
        objects = [",".join([key + text for key, text in zip(keys, row, strict=True)]) for row in parts]
        start, end = f"\n{_INDENT * 2}{{", f"\n{_INDENT * 2}}}"
        inner = f"[{','.join([start + text + end for text in objects])}\n{_INDENT}]" if rows else "[]"
    return f'{{\n{_INDENT}"predictions": {inner}\n}}'


def columns_text(outputs: Tensors) -> str:
    """Returns outputs as columns: an object with a list for each output, or that list if there is one.

    Args:
        outputs: The outputs by name.
    """
    if len(outputs) == 1:
        name, tensor = next(iter(outputs.items()))
        inner = _nested(_texts(name, tensor), tensor.shape, 1)
    else:
        members = [
            f"\n{_INDENT * 2}{json_text(name)}: {_nested(_texts(name, tensor), tensor.shape, 2)}"
            for name, tensor in sorted(outputs.items())
        ]
        inner = f"{{{','.join(members)}\n{_INDENT}}}"
    return f'{{\n{_INDENT}"outputs": {inner}\n}}'


def _checked_rows(outputs: Tensors) -> int:
    """Returns the number of rows."""
    rows = None
    for name, tensor in sorted(outputs.items()):
        if not tensor.ndim:
            raise ServingError(INVALID_ARGUMENT, f"Tensor name: {name} has no shape information ")
        if rows not in (None, len(tensor)):
            message = f"has inconsistent batch size: {len(tensor)} expecting: {rows}"
            raise ServingError(INVALID_ARGUMENT, f"Tensor name: {name} {message}")
        rows = len(tensor)
    return rows or 0


def _texts(name: str, tensor: np.ndarray) -> list[str]:
    """Returns the JSON of each element."""
    flat = tensor.ravel()
    kind = tensor.dtype.kind
    if kind == "O":
        if name.endswith("_bytes"):
            return [f'{{"b64": "{base64.b64encode(value).decode()}"}}' for value in flat.tolist()]
        return [json_text(value) for value in flat.tolist()]
    if kind == "f":
        return decimal_texts(flat if tensor.dtype != np.float16 else flat.astype(np.float32))
    if kind == "b":
        return ["true" if value else "false" for value in flat.tolist()]
    return [str(value) for value in flat.tolist()]


def _lines(texts: Sequence[str], shape: Sequence[int]) -> list[str]:
    """Returns each row in one line, such as `[1, 2]`."""
    joined = list(texts)
    for place in range(len(shape) - 1, 0, -1):
        size, count = shape[place], math.prod(shape[:place])
        joined = [f"[{', '.join(joined[row * size : (row + 1) * size])}]" for row in range(count)]
    return joined


def _nested(texts: Sequence[str], shape: Sequence[int], depth: int) -> str:
    """Returns a tensor with one value a line; `depth` is the indentation of its closing bracket."""
    joined = list(texts)
    for place in range(len(shape) - 1, -1, -1):
        size, count = shape[place], math.prod(shape[:place])
        inner, outer = _INDENT * (depth + place + 1), _INDENT * (depth + place)
        joined = [
            f"[\n{inner}{f',{chr(10)}{inner}'.join(joined[row * size : (row + 1) * size])}\n{outer}]" if size else "[]"
            for row in range(count)
        ]
    return joined[0]


def error_text(message: str) -> str:
    """Returns an error as JSON; bytes of the request that are no UTF-8 are replaced, so that any client can read it."""
    if not message.isascii():
        message = message.encode(errors="surrogateescape").decode(errors="replace")
    return f'{{\n{_INDENT}"error": {json_text(message)}\n}}'


def status_text(versions: Sequence[Mapping[str, str]]) -> str:
    """Returns the states of versions as JSON.

    Args:
        versions: For each: version, state, code, message.
    """
    if not versions:
        return '{\n "model_version_status": []\n}\n'
    members = [
        f'  {{\n   "version": "{of["version"]}",\n   "state": "{of["state"]}",\n   "status": {{\n'
        f'    "error_code": "{of["code"]}",\n    "error_message": {json_text(of["message"])}\n   }}\n  }}'
        for of in versions
    ]
    return '{\n "model_version_status": [\n' + ",\n".join(members) + "\n ]\n}\n"
