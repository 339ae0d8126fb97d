"""Loads a preset of any task."""

from pathlib import Path
from typing import Any

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError
from bert_keras.models.masked_lm import MaskedLM
from bert_keras.models.span_extractor import SpanExtractor
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.models.text_encoder import TextEncoder
from bert_keras.models.token_classifier import TokenClassifier

_CLASSES: dict[str, type[TextClassifier] | type[SpanExtractor] | type[TokenClassifier]] = {
    of.__name__: of for of in (TextClassifier, SpanExtractor, TokenClassifier)
}


def load_task(
    preset: str, *, base: str | None = None, max_length: int | None = None, dtype: Any = None
) -> TextClassifier | SpanExtractor | TokenClassifier:
    """Loads a fine-tuned model as the task that the preset holds.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
        max_length: The maximum number of tokens per row. `None` means the preset's own value, or the default of its
            task.
        dtype: The dtype or dtype policy. `None` means Keras' default, whatever the preset was saved with.

    Returns:
        The model.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: The files are broken, hold no BERT, or hold a backbone without a head.
        InputError: `max_length` exceeds the number of positions, or is too small.
    """
    return task_class(preset, base).from_preset(preset, base=base, max_length=max_length, dtype=dtype)


def task_class(
    preset: str, base: str | None = None
) -> type[TextClassifier] | type[SpanExtractor] | type[TokenClassifier]:
    """Returns the task class of a preset, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        base: The model that an adapter stands over, instead of the one that it names.

    Returns:
        The class whose `from_preset` loads it.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: The files are broken, hold no BERT, or hold a backbone without a head.
        InputError: A base is given for a preset that is no adapter.
    """
    folder, held = checkpoints.locate(preset), ""
    checkpoints.check_base(folder, base)
    if checkpoints.kind(folder) in ("bert_keras", "adapter"):
        name = checkpoints.task_of(folder)
    else:
        checkpoint = checkpoints.read(folder, base)
        held = f", but {checkpoint.other_head}" if checkpoint.other_head else ""
        name = _task_of(checkpoint)
    if name == MaskedLM.__name__:
        held = ", but a masked language model, whose masks bert-keras predict fills"
    if name == TextEncoder.__name__:
        held = ", but a text encoder, whose vectors bert-keras embed computes"
    if name not in _CLASSES:
        raise CheckpointError(
            f"{folder}: there is no trained classifier in it, and no reader that answers questions{held}. Fine-tune "
            "one (bert-keras classify, bert-keras answer, bert-keras tag)"
        )
    return _CLASSES[name]


def _task_of(checkpoint: checkpoints.Checkpoint) -> str:
    """Returns the name of the class for a checkpoint's head; empty if there is none."""
    if checkpoint.labels is not None:
        return TextClassifier.__name__
    if checkpoint.tags is not None:
        return TokenClassifier.__name__
    return SpanExtractor.__name__ if checkpoints.SPAN_HEAD in checkpoint.tensors else ""


def is_text_encoder(preset: str) -> bool:
    """Returns whether a preset holds a text encoder, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.

    Returns:
        Whether it does; false for a cross-encoder, which is a classifier.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: A file cannot be read.
    """
    folder = checkpoints.locate(preset)
    if checkpoints.is_sentence_model(folder):
        return not (folder / "config.json").exists() or checkpoints.read(folder).labels is None
    return _is_own_encoder(folder)


def is_masked_lm(preset: str, base: str | None = None) -> bool:
    """Returns whether a preset holds a masked language model, and no classifier or reader, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        base: The model that an adapter stands over, instead of the one that it names.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: A file cannot be read.
    """
    if not MaskedLM.has_head(preset, base):
        return False
    if checkpoints.kind(checkpoints.locate(preset)) in ("bert_keras", "adapter"):
        return True
    checkpoint = checkpoints.read(checkpoints.locate(preset), base)
    return checkpoint.labels is None and checkpoints.SPAN_HEAD not in checkpoint.tensors


def load_text_encoder(preset: str, *, max_length: int | None = None, dtype: Any = None) -> TextEncoder:
    """Loads a model that was trained to give vectors to compare.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        max_length: The maximum number of tokens per text. `None` means the preset's.
        dtype: The dtype or dtype policy. `None` means Keras' default.

    Returns:
        The encoder.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: It holds another model, or a file is broken.
        InputError: `max_length` does not fit the model.
    """
    check_text_encoder(preset)
    return TextEncoder.from_preset(preset, max_length=max_length, dtype=dtype)


def check_text_encoder(preset: str) -> None:
    """Checks that a preset holds a text encoder, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: It holds another model, whose vectors were not trained to be compared.
    """
    folder = checkpoints.locate(preset)
    if not (checkpoints.is_sentence_model(folder) or _is_own_encoder(folder)):
        raise CheckpointError(
            f"{preset}: no sentence encoder; name a folder of sentence-transformers, or train one of it with "
            "bert-keras contrast"
        )


def _is_own_encoder(folder: Path) -> bool:
    own = checkpoints.kind(folder) in ("bert_keras", "adapter")
    return own and checkpoints.task_of(folder) == TextEncoder.__name__


def takes_pairs(preset: str) -> bool | None:
    """Returns whether the classifier of a preset takes pairs of texts, without loading its weights.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.

    Returns:
        Whether it does, which a token classifier does not; `None` if it is another model, or if the preset does not
        say, as one of Hugging Face that is no cross-encoder.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: A file cannot be read.
    """
    folder = checkpoints.locate(preset)
    kind = checkpoints.kind(folder)
    if kind == "hugging_face":
        checkpoint = checkpoints.read(folder)
        return False if checkpoint.tags is not None else checkpoint.pairs or None
    if kind not in ("bert_keras", "adapter"):
        return None
    return False if checkpoints.task_of(folder) == TokenClassifier.__name__ else checkpoints.pairs_of(folder)
