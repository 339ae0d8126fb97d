"""Reads and writes files of a checkpoint's folder, with errors that say what the folder holds instead."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bert_keras.errors import CheckpointError, PresetError

_MOST_NAMES = 12


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object.

    Args:
        path: The file.

    Returns:
        The object.

    Raises:
        CheckpointError: The file cannot be read, or is not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: no valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path}: expected a JSON object. Received: {type(value).__name__}")
    return value


def write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Writes a JSON file.

    Args:
        path: The file.
        content: What it holds.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # escapes of JSON, which are read as they were


def missing(folder: Path, looked_for: str) -> PresetError:
    """Returns the error for a missing file.

    Args:
        folder: The folder.
        looked_for: The file that was expected in it.

    Returns:
        An error that lists the contents of the folder.
    """
    names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    held = ", ".join(names[:_MOST_NAMES]) + more if names else "nothing"
    return PresetError(f"{folder}: no {looked_for}. The folder holds: {held}")
