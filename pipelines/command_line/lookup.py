"""Checks that named files and models exist, and that others can be written, before TensorFlow is loaded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.preset_names import check_named
from bert_keras.files import TFDS_PREFIX, TextFile, expanded

from .options import Option
from .text_output import STANDARD_STREAM
from .weighted_files import weighted_file
from .writable import check_writable


def look_for(config: Any, options: Mapping[str, Option]) -> None:
    """Checks that the files and models that a config names exist, without their content, and what it is to write.

    Args:
        config: The config.
        options: Its options by name.

    Raises:
        DataError: A file does not exist or cannot be opened, or no file matches a pattern.
        InputError: A file or folder cannot be written.
        PresetError: A model is neither a folder nor a known name.
    """
    for name, option in options.items():
        given = getattr(config, name)
        if given is None:
            continue
        if option.written and not getattr(config, "dry_run", False):  # which writes nothing
            check_writable(name, given, is_folder=option.written == "folder")
        if not option.looked_for:
            continue
        for named in [given] if isinstance(given, str) else given:
            if option.looked_for == "model":
                check_named(named)
            else:
                _look_for_files(weighted_file(named)[0] if option.looked_for == "weighted file" else named)


def _look_for_files(named: str) -> None:
    if named == STANDARD_STREAM or named.startswith(TFDS_PREFIX):
        return
    for file in expanded(named):
        if not Path(file).is_dir():  # the program checks it: some folders are data
            TextFile(file)
