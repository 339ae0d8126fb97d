"""A preset of whatever task."""

from typing import Any

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError
from bert_keras.models.span_extractor import SpanExtractor
from bert_keras.models.text_classifier import TextClassifier

_CLASSES: dict[str, type[TextClassifier] | type[SpanExtractor]] = {
    of.__name__: of for of in (TextClassifier, SpanExtractor)
}


def load_task(preset: str, *, max_length: int | None = None, dtype: Any = None) -> TextClassifier | SpanExtractor:
    """Loads a fine-tuned model as what it is.

    Args:
        preset: See `bert_keras.checkpoints.locate`.
        max_length: Most tokens of a row; as the preset has it, or what is usual for its task.
        dtype: Data type or policy; Keras' default, whatever the preset was trained with.

    Returns:
        The model.

    Raises:
        PresetError: Nothing to load under that name.
        CheckpointError: Files that are broken or not BERT's, or a backbone without a head.
        InputError: A `max_length` beyond the positions, or too short.
    """
    return task_class(preset).from_preset(preset, max_length=max_length, dtype=dtype)


def task_class(preset: str) -> type[TextClassifier] | type[SpanExtractor]:
    """Tells what a preset is, without loading its weights.

    Args:
        preset: See `bert_keras.checkpoints.locate`.

    Returns:
        The class that loads it.

    Raises:
        PresetError: Nothing under that name.
        CheckpointError: Files that are broken or not BERT's, or a backbone without a head.
    """
    folder = checkpoints.locate(preset)
    if checkpoints.kind(folder) in ("bert_keras", "adapter"):
        name = checkpoints.task_of(folder)
    else:
        checkpoint = checkpoints.read(folder)
        answers = checkpoint.labels is None and checkpoints.SPAN_HEAD in checkpoint.tensors
        name = SpanExtractor.__name__ if answers else TextClassifier.__name__ if checkpoint.labels is not None else ""
    if name not in _CLASSES:
        raise CheckpointError(
            f"{folder}: there is no trained classifier in it, and no reader that answers questions. Fine-tune one ("
            "bert-keras classify, bert-keras answer)"
        )
    return _CLASSES[name]
