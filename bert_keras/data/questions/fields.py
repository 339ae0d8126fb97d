"""Access to the values of objects from JSON, Parquet and Arrow with a check of their types."""

import re
from typing import Any

from bert_keras.data.labels.missing import is_null
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown_value

_WHOLE_NUMBER = re.compile(r"\s*([+-]?\d{1,18})(?:\.0*)?\s*")
_FLAGS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


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


def id_of(value: Any, place: str) -> str | None:
    """Returns an id as a string, or None if there is none: null, NaN or blank. The id 7.0 of a frame is "7".

    Raises:
        DataError: The id is neither a string nor a whole number.
    """
    if is_null(value) or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise DataError(f'{place}: "id": a text or a whole number expected. Received: {shown_value(value)}')
    return text_of(value, '"id": a text', place)


def start_of(value: Any, place: str) -> int | None:
    """Returns the offset of an answer, also of 31.0, "31" and a list of it alone; None for null, NaN and "".

    Raises:
        DataError: The offset is not a whole number.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if is_null(value) or value == "":
        return None
    if isinstance(value, str) and (match := _WHOLE_NUMBER.fullmatch(value)):
        return int(match[1])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise DataError(f'{place}: "answer_start": a whole number expected. Received: {shown_value(value)}')


def flag_of(value: Any, key: str, place: str) -> bool | None:
    """Returns the value of a mark, also of 0, 1.0, "True" and "false"; None for null, NaN and "".

    Raises:
        DataError: The value is neither true nor false.
    """
    if is_null(value) or value == "":
        return None
    flag = _FLAGS.get(str(value).strip().lower()) if isinstance(value, bool | int | float | str) else None
    if flag is None:
        raise DataError(f'{place}: "{key}": true or false expected. Received: {shown_value(value)}')
    return flag
