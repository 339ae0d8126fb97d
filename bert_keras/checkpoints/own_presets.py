"""Presets that `save_to_preset` of our own models wrote."""

from pathlib import Path

from bert_keras.checkpoints.adapters import ADAPTER_CONFIG_FILE, read_adapter
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.errors import CheckpointError


def check_task_files(folder: Path) -> None:
    """Makes sure that a preset holds a task; Keras would take a fresh head where the weights of the head are missing.

    Args:
        folder: The preset.

    Raises:
        PresetError: A file is missing.
    """
    for name in ("task.json", "task.weights.h5"):
        if not (folder / name).exists():
            raise missing(folder, name)


def own_positions(folder: Path) -> int:
    """Reads how many positions the backbone of a preset has, and makes sure that there is a preprocessor for it.

    Args:
        folder: The preset.

    Returns:
        The number.

    Raises:
        PresetError: No preprocessor in it.
        CheckpointError: A configuration without the number.
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
    """Tells which task a preset of ours, or an adapter, was saved from.

    Args:
        folder: The preset.

    Returns:
        The name of its class; empty where it holds a backbone alone.

    Raises:
        CheckpointError: A file that cannot be read.
    """
    if (folder / ADAPTER_CONFIG_FILE).exists():
        return read_adapter(folder).task
    path = folder / "task.json"
    return str(read_json(path).get("registered_name", "")).rpartition(">")[2] if path.exists() else ""


def preprocessor_class(folder: Path) -> str:
    """Tells under which name the class of a preset's preprocessor is registered.

    Args:
        folder: A preset of ours with a preprocessor.

    Returns:
        The name.

    Raises:
        CheckpointError: A file that cannot be read.
    """
    return str(read_json(folder / "preprocessor.json").get("registered_name", ""))
