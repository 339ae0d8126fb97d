"""Presets that `save_to_preset` of our own models wrote."""

from pathlib import Path

from bert_keras.checkpoints.files import missing


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
