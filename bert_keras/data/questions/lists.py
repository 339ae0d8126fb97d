"""Lists of objects, which some data sets store as an object of lists."""

from typing import Any

from bert_keras.errors import DataError
from bert_keras.files.messages import shown_value


def rows_of(value: Any, place: str) -> list[Any]:
    """Returns a list as it is, and an object of lists of one length, as Hugging Face data sets store it, as a list.

    Args:
        value: The value.
        place: The location of the value, for messages.

    Returns:
        The list; `{"a": [1, 2], "b": [3, 4]}` becomes `[{"a": 1, "b": 3}, {"a": 2, "b": 4}]`.

    Raises:
        DataError: The value is neither.
    """
    if isinstance(value, list):
        return value
    columns = list(value.values()) if isinstance(value, dict) else []
    if not columns or not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        raise DataError(f"{place}: a list expected. Received: {shown_value(value)}")
    return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
