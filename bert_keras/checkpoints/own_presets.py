"""Presets that `save_to_preset` of our own models wrote."""

from pathlib import Path

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
        raise CheckpointError(f"{folder / 'config.json'}: max_sequence_length must be a whole number. Received: {positions!r}")
    return positions
