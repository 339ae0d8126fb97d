"""Reads the JSON files of presets that `save_to_preset` of this project's models wrote."""

from pathlib import Path
from typing import Any

from bert_keras.checkpoints.adapters.own import ADAPTER_CONFIG_FILE, read_adapter
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.errors import CheckpointError


def check_task_files(folder: Path) -> None:
    """Checks that a preset holds a task; without the head's weights, Keras would silently make a random head.

    Args:
        folder: The folder of the preset.

    Raises:
        PresetError: A file of the task is missing.
    """
    for name in ("task.json", "task.weights.h5"):
        if not (folder / name).exists():
            raise missing(folder, name)


def own_positions(folder: Path) -> int:
    """Returns the number of positions of a preset's backbone, after checking that the preset has a preprocessor.

    Args:
        folder: The folder of the preset.

    Returns:
        The number of positions.

    Raises:
        PresetError: The preset has no preprocessor.
        CheckpointError: The configuration lacks the number.
    """
    if not (folder / "preprocessor.json").exists():
        raise missing(folder, "preprocessor.json")
    config = read_json(folder / "config.json").get("config")
    positions = config.get("max_sequence_length") if isinstance(config, dict) else None
    if type(positions) is not int:
        raise CheckpointError(
            f"{folder / 'config.json'}: max_sequence_length must be a whole number. Received: {positions!r}"
        )
    return positions


def task_of(folder: Path) -> str:
    """Returns the class name of the task in a preset of this project, or in an adapter.

    Args:
        folder: The folder of the preset.

    Returns:
        The class name; empty if the preset holds a backbone without a head.

    Raises:
        CheckpointError: A file cannot be read.
    """
    if (folder / ADAPTER_CONFIG_FILE).exists():
        return read_adapter(folder).task
    path = folder / "task.json"
    return str(read_json(path).get("registered_name", "")).rpartition(">")[2] if path.exists() else ""


def pairs_of(folder: Path) -> bool | None:
    """Returns whether the classifier in a preset of this project, or in an adapter, takes pairs of texts.

    Args:
        folder: The folder of the preset.

    Returns:
        Whether it does; `None` if the preset does not hold a classifier.

    Raises:
        CheckpointError: A file cannot be read.
    """
    return settings_of(folder).get("pairs") is True if task_of(folder) == "TextClassifier" else None


def settings_of(folder: Path) -> dict[str, Any]:
    """Returns the settings of the task in a preset of this project, or in an adapter.

    Args:
        folder: The folder of the preset.

    Returns:
        The settings; empty if the preset holds a backbone without a head.

    Raises:
        CheckpointError: A file cannot be read.
    """
    if (folder / ADAPTER_CONFIG_FILE).exists():
        return read_adapter(folder).settings
    path = folder / "task.json"
    settings = read_json(path).get("config") if path.exists() else None
    return settings if isinstance(settings, dict) else {}


def preprocessor_class(folder: Path) -> str:
    """Returns the name under which the class of a preset's preprocessor is registered with Keras.

    Args:
        folder: The folder of a preset of this project with a preprocessor.

    Returns:
        The registered name.

    Raises:
        CheckpointError: The file cannot be read.
    """
    return str(read_json(folder / "preprocessor.json").get("registered_name", ""))
