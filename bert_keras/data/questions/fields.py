"""Access to the values of JSON objects with a check of their types."""

from typing import Any

from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown_value


def value_at(entry: dict[str, Any], key: str, place: str) -> Any:
    """Returns the value of a required key.

    Args:
        entry: The object.
        key: The key.
        place: The location of the object, for messages.

    Returns:
        The value.

    Raises:
        DataError: The key is missing.
    """
    try:
        return entry[key]
    except KeyError:
        raise DataError(f'{place}: no key "{key}". Received: {listed(list(entry)) or "nothing"}') from None


def text_at(entry: dict[str, Any], key: str, place: str) -> str:
    """Returns the string at a key; see `value_at` and `text_of`.

    Raises:
        DataError: The key is missing, or its value is not a string.
    """
    return text_of(value_at(entry, key, place), f'"{key}": a text', place)


def list_at(entry: dict[str, Any], key: str, place: str) -> list[Any]:
    """Returns the list at a key; see `value_at`.

    Raises:
        DataError: The key is missing, or its value is not a list.
    """
    value = value_at(entry, key, place)
    if not isinstance(value, list):
        raise DataError(f'{place}: "{key}": a list expected. Received: {shown_value(value)}')
    return value


def object_of(value: Any, place: str) -> dict[str, Any]:
    """Checks that a value is a JSON object, and returns it.

    Raises:
        DataError: The value is not an object.
    """
    if not isinstance(value, dict):
        raise DataError(f"{place}: a JSON object expected. Received: {shown_value(value)}")
    return value


def text_of(value: Any, what: str, place: str) -> str:
    """Checks that a value is a string, and returns it.

    Args:
        value: The value.
        what: The description of the value, for messages.
        place: The location of the value, for messages.

    Raises:
        DataError: The value is not a string, or contains half of a surrogate pair, which cannot be encoded.
    """
    if not isinstance(value, str):
        raise DataError(f"{place}: {what} expected. Received: {shown_value(value)}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{place}: {what} expected, without half of a surrogate pair. Received: {shown_value(value)}"
            ) from error
    return value
