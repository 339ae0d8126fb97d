"""Arrays from the JSON of a server."""

from typing import Any

import numpy as np

from bert_keras.serving.client.answers import UnexpectedAnswer

_DTYPES: dict[frozenset[type], Any] = {
    frozenset({str}): object,
    frozenset({bool}): np.bool_,
    frozenset({int}): np.int64,
    frozenset({float}): np.float32,
    frozenset({int, float}): np.float32,
}


def array_of(name: str, rows: list[Any]) -> np.ndarray:
    """Converts an output of some rows to an array.

    Args:
        name: The name of the output.
        rows: A value for each row: a text, a number, or lists of them.

    Returns:
        Texts as objects, whole numbers as int64, other numbers as float32, which is what a server prints so that it can
        be read back, or bool.

    Raises:
        UnexpectedAnswer: The rows have different shapes, or hold something else.
    """
    try:
        array = np.array(rows, dtype=object)
    except ValueError as error:
        raise UnexpectedAnswer(f"answered with rows of different shapes in {name}") from error
    if not array.size:
        return array.astype(np.float32)
    kinds = frozenset(map(type, array.ravel()))
    if kinds not in _DTYPES:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise UnexpectedAnswer(f"answered in {name} with rows of different shapes, or with what is no tensor: {found}")
    try:
        with np.errstate(over="ignore"):
            return array.astype(_DTYPES[kinds])
    except OverflowError as error:
        raise UnexpectedAnswer(f"answered in {name} with a number that is beyond 64 bits") from error
