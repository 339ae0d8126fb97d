"""The tokenizer of a preset, whatever wrote the preset, without loading weights."""

from typing import Any, NamedTuple

import keras
import keras_hub

from bert_keras import checkpoints
from bert_keras.text import BertTokenizer


class PresetTokenizer(NamedTuple):
    """What a preprocessor for a preset's model is made of.

    Attributes:
        tokenizer: The tokenizer.
        positions: How many the model has.
        settings: Of the preset's preprocessor; empty where it has none for the task in question.
    """

    tokenizer: BertTokenizer
    positions: int
    settings: dict[str, Any]


def preset_tokenizer(preset: str, task: str) -> PresetTokenizer:
    """Loads the tokenizer of a preset.

    Args:
        preset: See `bert_keras.checkpoints.locate`.
        task: Name of the task's class, e.g. "TextClassifier": settings of other tasks mean nothing to it.

    Returns:
        The tokenizer, and what goes with it.

    Raises:
        PresetError: Nothing to load under that name.
        CheckpointError: Files that are broken or not BERT's.
        VocabularyError: A vocabulary that cannot be read.
    """
    folder = checkpoints.locate(preset)
    kind = checkpoints.kind(folder)
    if kind == "adapter":
        adapter = checkpoints.read_adapter(folder)
        base = preset_tokenizer(str(checkpoints.base_of(folder)), task)
        return base._replace(settings=adapter.preprocessor if adapter.task == task else {})
    if kind == "bert_keras":
        positions, name = checkpoints.own_positions(folder), checkpoints.preprocessor_class(folder)
        with checkpoints.reading(folder):
            # Of the class itself, for KerasHub's own way to it wants a tokenizer that is bound to one backbone.
            load: Any = keras_hub.models.Preprocessor.from_preset
            preprocessor = load.__func__(keras.saving.get_registered_object(name), str(folder))
        same = name.endswith(f">{task}Preprocessor")
        return PresetTokenizer(preprocessor.tokenizer, positions, preprocessor.settings if same else {})
    checkpoint = checkpoints.read(folder)
    return PresetTokenizer(BertTokenizer(**checkpoint.tokenizer), checkpoint.config["max_sequence_length"], {})
