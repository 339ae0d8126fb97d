"""Patterns such as `part-*.csv`, and the files they stand for."""

import glob
from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX


def expanded(name: str) -> list[str]:
    """Finds the files that a pattern stands for.

    Args:
        name: A pattern such as `train-*.csv`, a file, or a TFDS name.

    Returns:
        The files, sorted; what is no pattern as it is.

    Raises:
        DataError: No file fits the pattern.
    """
    if name.startswith(TFDS_PREFIX) or not glob.has_magic(name) or Path(name).exists():
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if not Path(path).is_dir())
    if not found:
        raise DataError(f"{name}: no file fits this pattern")
    return found
