"""Where an export lies: the version folder that a path means."""

import os
from pathlib import Path

from bert_keras.errors import ExportError

SAVED_MODEL = "saved_model.pb"


def version_folder(path: str | os.PathLike[str]) -> Path:
    """The version folder that a path means, as TensorFlow Serving would choose it.

    Args:
        path: A folder with `saved_model.pb`, or a base folder with one subfolder for each version, named by integers.

    Returns:
        The folder itself, or the subfolder with the highest integer as its name.

    Raises:
        ExportError: There is no such folder, or it holds neither.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ExportError(f"no export at {folder}: looked for a folder, found {'a file' if folder.exists() else 'nothing'}")
    if (folder / SAVED_MODEL).is_file():
        return folder
    versions = [child for child in folder.iterdir() if child.is_dir() and child.name.isascii() and child.name.isdigit()]
    if not versions:
        looked = f"looked for {SAVED_MODEL} or a subfolder named by an integer"
        raise ExportError(f"no export at {folder}: {looked}; {_contents(folder)}")
    latest = max(versions, key=lambda version: int(version.name))
    if not (latest / SAVED_MODEL).is_file():
        raise ExportError(f"no export at {latest}, the highest version: looked for {SAVED_MODEL}; {_contents(latest)}")
    return latest


def _contents(folder: Path, most: int = 8) -> str:
    """What a folder holds, in words."""
    names = sorted(child.name + "/" * child.is_dir() for child in folder.iterdir())
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"the folder holds {', '.join(names[:most])}{more}" if names else "the folder is empty"
