"""Loads the tokenizer of any preset, without its weights."""

from typing import Any, NamedTuple

import keras
import keras_hub

from bert_keras import checkpoints
from bert_keras.text import BertTokenizer

# Tasks whose preprocessor is that of another task.
_PREPROCESSED_AS = {"TextEncoder": "TextClassifier"}


class PresetTokenizer(NamedTuple):
    """The parts of a preprocessor for a preset's model.

    Attributes:
        tokenizer: The tokenizer.
        positions: The number of positions of the model.
        settings: The settings of the preset's preprocessor; empty if it has none for the requested task.
        row_length: The number of tokens in a row that the files of the preset's tokenizer say; the number of positions
            if they say none or more.
    """

    tokenizer: BertTokenizer
    positions: int
    settings: dict[str, Any]
    row_length: int


def preset_tokenizer(preset: str, task: str, base: str | None = None) -> PresetTokenizer:
    """Loads the tokenizer of a preset.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
        task: The class name of the task, e.g. "TextClassifier"; settings of other tasks are ignored.
        base: The model that an adapter stands over, instead of the one that it names.

    Returns:
        The tokenizer, the number of positions, and the preprocessor settings.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: The files are broken or hold no BERT.
        VocabularyError: The vocabulary cannot be read.
        InputError: A base is given for a preset that is no adapter.
    """
    folder = checkpoints.locate(preset)
    checkpoints.check_base(folder, base)
    kind = checkpoints.kind(folder)
    if kind == "adapter":
        adapter = checkpoints.read_adapter(folder)
        below = checkpoints.base_of(folder, base)
        settings = adapter.preprocessor if task in (adapter.task, _PREPROCESSED_AS.get(adapter.task)) else {}
        return preset_tokenizer(str(below.folder), task, below.base)._replace(settings=settings)
    if kind == "bert_keras":
        positions, name = checkpoints.own_positions(folder), checkpoints.preprocessor_class(folder)
        with checkpoints.reading(folder):
            # Called on the registered class: KerasHub's own lookup requires a tokenizer that is bound to one backbone.
            load: Any = keras_hub.models.Preprocessor.from_preset
            preprocessor = load.__func__(keras.saving.get_registered_object(name), str(folder))
        same = name.endswith(f">{task}Preprocessor")
        return PresetTokenizer(preprocessor.tokenizer, positions, preprocessor.settings if same else {}, positions)
    checkpoint = checkpoints.read(folder, base)
    return PresetTokenizer(
        checkpoint.make_tokenizer(), checkpoint.config["max_sequence_length"], {}, checkpoint.row_length
    )
