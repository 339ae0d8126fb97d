"""Requests of `:classify` and `:regress`: the checks of TensorFlow Serving, which refuse models that take strings."""

from collections.abc import Mapping
from typing import Any

from bert_keras.serving.server.codes import INVALID_ARGUMENT
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.rest.quoting import quoted
from bert_keras.serving.server.rest.tensor_values import is_base64, type_name

_MAX_FLOAT = 3.4028234663852886e38


def check_examples(body: Mapping[str, Any]) -> int:
    """Checks the examples of a request.

    Args:
        body: The JSON object of the request.

    Returns:
        The number of examples.

    Raises:
        ServingError: There are none, or one is not what TensorFlow Serving takes.
    """
    if "context" in body:
        _check_example(body["context"])
    if "examples" not in body:
        message = "When method is classify, key 'examples' is expected and was not found"
    elif not isinstance(body["examples"], list):
        message = "Expecting 'examples' value to be an list/array"
    elif not body["examples"]:
        message = "'examples' value is an empty array"
    else:
        for example in body["examples"]:
            _check_example(example)
        return len(body["examples"])
    raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(body)} {message}")


def _check_example(example: Any) -> None:
    if not isinstance(example, dict):
        raise ServingError(INVALID_ARGUMENT, f"Example must be JSON object but got JSON {type_name(example)}")
    for name, content in example.items():
        first = None
        for value in content if isinstance(content, list) else [content]:
            kind = _kind(name, value)
            first = first or kind
            if kind != first:
                message = f"Unexpected element type in feature: {name} expecting type: {first}"
                raise ServingError(INVALID_ARGUMENT, message)


def _kind(name: str, value: Any) -> str:
    """Returns the kind of feature that a value makes."""
    if value is None or isinstance(value, list) or (isinstance(value, dict) and not is_base64(value)):
        message = f"has element with unexpected JSON type: {type_name(value)}"
        raise ServingError(INVALID_ARGUMENT, f"Feature: {name} {message}")
    if isinstance(value, float):
        if _MAX_FLOAT < abs(value) < float("inf"):
            message = f"Cannot convert JSON value: {quoted(value)} to float without loss of precision."
            raise ServingError(INVALID_ARGUMENT, message)
        return "float"
    if isinstance(value, int):
        if value >= 2**63:
            raise ServingError(INVALID_ARGUMENT, f"Feature: {name} has uint64 element. Only int64 is supported.")
        return "int64"
    return "bytes"
