"""Reads configuration files: messages in protobuf's text format."""

from pathlib import Path
from typing import TypeVar

from google.protobuf import text_format
from google.protobuf.message import Message

from bert_keras.errors import InputError

_Message = TypeVar("_Message", bound=Message)


def read_text_proto(path: str, message: _Message) -> _Message:
    """Reads a message from a file.

    Args:
        path: The file.
        message: An empty message, which is filled.

    Returns:
        The message.

    Raises:
        InputError: The file cannot be read, or is no such message.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save the file as UTF-8") from error
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as error:
        kind = message.DESCRIPTOR.name
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: no {kind} in protobuf's text format: line {reason}") from None
