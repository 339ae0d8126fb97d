"""The files that the trainings of a search read, by their contents."""

from collections.abc import Iterator
from pathlib import Path

from bert_keras import checkpoints
from bert_keras.files import expanded
from bert_keras.files.identity import sha256_of

from ..command_line.options import Option
from ..command_line.weighted_files import weighted_file
from .config import SearchConfig


def digests(config: SearchConfig) -> dict[str, str]:
    """Returns the SHA-256 of each file that all trainings read: data, and the folder of the model to start from.

    Args:
        config: The options of the search.

    Returns:
        The hashes by the names of the files; names of TFDS and of models elsewhere have none.
    """
    found: dict[str, str] = {}
    for name, option in config.options.items():
        given = getattr(config.base, name)
        if option.looked_for and given is not None:
            for named in [given] if isinstance(given, str) else given:
                found |= {str(path): sha256_of(path) for path in _files(option, named)}
    return found


def _files(option: Option, named: str) -> Iterator[Path]:
    if option.looked_for == "model":
        paths = [checkpoints.locate(named)] if Path(named).is_dir() else []
    else:
        file = weighted_file(named)[0] if option.looked_for == "weighted file" else named
        paths = [Path(one) for one in expanded(file)]
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in inside if one.is_file())
