"""Reads options from a YAML file: `--config FILE`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bert_keras.errors import InputError

from .options import Option
from .suggestions import did_you_mean
from .values import PlainLoader, value_of


def read_config(path: str, options: Mapping[str, Option]) -> dict[str, Any]:
    """Reads the options in a file.

    Args:
        path: The file.
        options: All options of the program, by name.

    Returns:
        The values of the options in the file, by name.

    Raises:
        InputError: The file cannot be read, is not YAML, or has an unknown option or a wrong value.
    """
    held = _mapping(path)
    values = {}
    for name, given in held.items():
        if name not in options:
            raise InputError(f"{path}: no option {name!r}{did_you_mean(str(name), options)}")
        values[name] = value_of(options[name], given, f"{path}: {name}")
    return values


def _mapping(path: str) -> dict[Any, Any]:
    try:
        held = yaml.load(Path(path).read_text(encoding="utf-8"), PlainLoader)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: no valid YAML ({' '.join(str(error).split())})") from error
    if held is None:
        return {}
    if not isinstance(held, dict):
        raise InputError(f"{path}: options expected, a line each, as in `epochs: 3`. Received: {held!r:.80}")
    return held
