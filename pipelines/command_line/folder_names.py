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
        InputError: It is empty, hidden, or leads elsewhere.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise InputError(f"--name must be a plain name for a folder. Received: {name!r}")
    return name
