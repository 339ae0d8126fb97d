"""Lists of objects, which some tools store as an object of columns."""

from typing import Any

from bert_keras.errors import DataError
from bert_keras.files.messages import shown_value


def rows_of(value: Any, place: str) -> list[Any]:
    """Returns a list as it is, and an object of columns as a list of objects.

    Args:
        value: The list; or columns of one length, as lists like `{"a": [1, 2], "b": [3, 4]}` (Hugging Face data sets),
            or as objects of one set of keys like `{"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}` (pandas).
        place: The location of the value, for messages.

    Returns:
        The list; of the columns above `[{"a": 1, "b": 3}, {"a": 2, "b": 4}]`.

    Raises:
        DataError: The value is neither.
    """
    if isinstance(value, list):
        return value
    columns = list(value.values()) if isinstance(value, dict) else []
    if columns and all(isinstance(column, dict) and column.keys() == columns[0].keys() for column in columns):
        return [{name: column[row] for name, column in value.items()} for row in columns[0]]
    if not columns or not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        raise DataError(f"{place}: a list expected. Received: {shown_value(value)}")
    return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
