"""Names that become folders."""

from pathlib import Path

from bert_keras.errors import InputError


def plain_name(name: str) -> str:
    """Checks a name that becomes a folder.

    Args:
        name: The name.

    Returns:
        The name.

    Raises:
        InputError: It is empty, hidden, leads elsewhere, or is not UTF-8.
    """
    if any("\ud800" <= character <= "\udfff" for character in name):  # as Python reads other bytes
        raise InputError(f"--name must be UTF-8, as TensorFlow writes it. Received: {name!r}")
    if not name or Path(name).name != name or name.startswith("."):
        raise InputError(f"--name must be a plain name for a folder. Received: {name!r}")
    return name
