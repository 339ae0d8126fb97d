"""Expansion of file name patterns such as `part-*.csv`."""

import glob
from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX


def expanded(name: str) -> list[str]:
    """Returns the files that match a pattern.

    Args:
        name: A pattern such as `train-*.csv`, a file, or a TFDS name.

    Returns:
        The matching files, sorted. A name that is not a pattern is returned unchanged, as the only item.

    Raises:
        DataError: No file matches the pattern.
    """
    if name.startswith(TFDS_PREFIX) or not glob.has_magic(name) or Path(name).exists():
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if not Path(path).is_dir())
    if not found:
        raise DataError(f"{name}: no file fits this pattern")
    return found
