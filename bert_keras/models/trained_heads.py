"""What the trained head of a preset is for."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from bert_keras import checkpoints
from bert_keras.classification.task import Task
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.models.token_classifier import TokenClassifier
from bert_keras.tagging.scheme import TagScheme


class TrainedHead(NamedTuple):
    """What the trained head of a classifier or of a token classifier is for.

    Attributes:
        task: Its task, or "tags".
        labels: Its labels, or types of entities.
        task_said: Whether the files say the task.
    """

    task: Task | Literal["tags"]
    labels: tuple[str, ...]
    task_said: bool = True


def trained_head(preset: str, base: str | None = None) -> TrainedHead | None:
    """Returns what the trained head of a classifier or of a token classifier is for, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        base: The model that an adapter stands over, instead of the one that it names.

    Returns:
        The head; `None` if the preset has no such one.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: A file cannot be read.
    """
    folder = checkpoints.locate(preset)
    if checkpoints.kind(folder) in ("bert_keras", "adapter"):
        name, settings = checkpoints.task_of(folder), checkpoints.settings_of(folder)
        if name == TextClassifier.__name__:
            return TrainedHead(settings.get("task", "single_label"), tuple(settings.get("labels") or ()))
        return _of_tags(settings["tags"]) if name == TokenClassifier.__name__ else None
    checkpoint = checkpoints.read(folder, base)
    if checkpoint.labels is not None:
        return TrainedHead(checkpoint.task, tuple(checkpoint.labels), checkpoint.task_said)
    return None if checkpoint.tags is None else _of_tags(checkpoint.tags)


def _of_tags(tags: Sequence[str]) -> TrainedHead:
    return TrainedHead("tags", TagScheme.of(tags).types)
