"""Values of JSON objects, each of the type that is expected, or an error that names the place."""

from typing import Any

from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown_value


def value_at(entry: dict[str, Any], key: str, place: str) -> Any:
    """Takes a value that has to be there.

    Args:
        entry: The object.
        key: Its key.
        place: Stands before a message.

    Returns:
        The value.

    Raises:
        DataError: There is no such key.
    """
    try:
        return entry[key]
    except KeyError:
        raise DataError(f'{place}: no key "{key}". Received: {listed(list(entry)) or "nothing"}') from None


def text_at(entry: dict[str, Any], key: str, place: str) -> str:
    """Takes a text; see `value_at`.

    Raises:
        DataError: There is none, or something else.
    """
    return text_of(value_at(entry, key, place), f'"{key}": a text', place)


def list_at(entry: dict[str, Any], key: str, place: str) -> list[Any]:
    """Takes a list; see `value_at`.

    Raises:
        DataError: There is none, or something else.
    """
    value = value_at(entry, key, place)
    if not isinstance(value, list):
        raise DataError(f'{place}: "{key}": a list expected. Received: {shown_value(value)}')
    return value


def object_of(value: Any, place: str) -> dict[str, Any]:
    """Takes an object.

    Raises:
        DataError: It is something else.
    """
    if not isinstance(value, dict):
        raise DataError(f"{place}: a JSON object expected. Received: {shown_value(value)}")
    return value


def text_of(value: Any, what: str, place: str) -> str:
    """Takes a text.

    Args:
        value: What should be one.
        what: Names it in a message.
        place: Stands before a message.

    Raises:
        DataError: It is something else, or holds half of a surrogate pair, which no encoding can write.
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
