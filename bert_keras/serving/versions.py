"""TF Serving's folder layout: a model's folder holds one folder per version, named by an integer."""

import os
from pathlib import Path

from bert_keras.errors import ExportError

SAVED_MODEL = "saved_model.pb"
_MOST_NAMES = 8


def versions(base: str | os.PathLike[str]) -> list[int]:
    """Lists the versions of a model.

    Args:
        base: The model's folder.

    Returns:
        The version numbers, ascending; empty if there is no such folder.
    """
    folder = Path(base)
    children = folder.iterdir() if folder.is_dir() else ()
    return sorted(
        int(child.name) for child in children if child.name.isascii() and child.name.isdecimal() and child.is_dir()
    )


def version_folder(path: str | os.PathLike[str]) -> Path:
    """Returns the version that a path refers to, as TF Serving would choose it.

    Args:
        path: A version's folder, or a model's folder, whose highest version is chosen.

    Returns:
        The version's folder.

    Raises:
        ExportError: There is no such folder, or it holds no version.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ExportError(
            f"no export at {folder}: looked for a folder, found {'a file' if folder.exists() else 'nothing'}"
        )
    numbers = versions(folder)
    if numbers and not (folder / SAVED_MODEL).is_file():
        folder /= str(numbers[-1])
    if not (folder / SAVED_MODEL).is_file():
        names = sorted(child.name + "/" * child.is_dir() for child in folder.iterdir())
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        held = f"holds {', '.join(names[:_MOST_NAMES])}{more}" if names else "is empty"
        raise ExportError(
            f"no export at {folder}: looked for {SAVED_MODEL} or a subfolder named by an integer; the folder {held}"
        )
    return folder
