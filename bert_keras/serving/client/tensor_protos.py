"""Arrays to and from the tensors of gRPC's messages, without TensorFlow."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.server.protos import TensorProto
from bert_keras.serving.server.tensors import array_of, fill_tensor

_SENT: tuple[tuple[set[type], Any], ...] = (
    # Whole numbers are int32, as the token ids of an export; a server refuses others by their type.
    ({str}, object),
    ({bool}, np.bool_),
    ({int}, np.int32),
    ({int, float}, np.float32),
)
_RESULT_KINDS = {"i": np.int64, "f": np.float32, "b": np.bool_}
_MOST_REPEATED = 2**26  # elements that a few values may stand for


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
        sent = np.array([text.encode() for text in array.ravel()], object) if dtype is object else array.astype(dtype)
        tensor = TensorProto()
        fill_tensor(tensor, sent.reshape(array.shape))
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
        values = array_of(tensor, _MOST_REPEATED)
        given = sum(len(held) for field, held in tensor.ListFields() if field.name.endswith("_val"))
        if given > values.size:
            raise ValueError(f"{given} values for {values.size} places")
        if values.dtype != object:
            return values.astype(_RESULT_KINDS[values.dtype.kind])
        texts = np.empty(values.size, object)
        texts[:] = [text.decode() for text in values.ravel()]
        return texts.reshape(values.shape)
    except (ValueError, KeyError) as error:
        raise UnexpectedAnswer(f"answered in {name} with a tensor that cannot be read ({error})") from error
