"""The files that the trainings of a search read, by their contents."""

from pathlib import Path

from bert_keras import checkpoints
from bert_keras.files import expanded
from bert_keras.files.identity import digests_of

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
                for path in _paths(option, named):
                    found |= {str(file): digest for file, digest in digests_of(path).items()}
    return found


def _paths(option: Option, named: str) -> list[Path]:
    if option.looked_for == "model":
        return [checkpoints.locate(named)] if Path(named).is_dir() else []
    file = weighted_file(named)[0] if option.looked_for == "weighted file" else named
    return [Path(one) for one in expanded(file)]
