"""Presets that `save_to_preset` of our own models wrote: what Keras would do without, or read otherwise than it was written."""

from pathlib import Path

from bert_keras.checkpoints.files import missing, read_json


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


def saved_dtype(folder: Path) -> str | None:
    """Returns the name of the data type policy that a preset was saved with; KerasHub 0.32 fails on mixed ones if left to itself.

    Args:
        folder: The preset.

    Returns:
        E.g. "mixed_bfloat16"; None where it is no simple one.
    """
    policy = read_json(folder / "config.json").get("config", {}).get("dtype") or {}
    return policy.get("config", {}).get("name")
