"""The tokenizer of a KerasHub preset."""

from pathlib import Path
from typing import Any

import keras_hub

from bert_keras.checkpoints.keras_hub.backbones import Encoder
from bert_keras.errors import CheckpointError
from bert_keras.text import BertTokenizer, KerasHubTokenizer

# What `KerasHubTokenizer` has built in.
_SETTINGS = {"split": True, "split_on_cjk": True, "sequence_length": None, "suffix_indicator": "##"}


def read_keras_hub_tokenizer(
    folder: Path, encoder: Encoder, trained: bool
) -> tuple[type[BertTokenizer], dict[str, Any]]:
    """Reads the tokenizer of a preset.

    Args:
        folder: The folder of the preset.
        encoder: The class of its encoder.
        trained: Whether KerasHub trained a head on it. Then the ids are KerasHub's; an encoder alone comes from another
            tool, so its ids are BERT's.

    Returns:
        The class and its arguments.

    Raises:
        CheckpointError: A head was trained with settings that are not supported.
    """
    read = getattr(keras_hub.tokenizers, f"{encoder.title}Tokenizer").from_preset(str(folder))
    arguments = {"vocabulary": read.get_vocabulary(), "lowercase": read.lowercase}
    if not trained:
        return BertTokenizer, arguments | {"strip_accents": None}
    for name, ours in _SETTINGS.items():
        if getattr(read, name) != ours:
            raise CheckpointError(
                f"{folder / 'tokenizer.json'}: {name} must be {ours!r}, as KerasHub has it. "
                f"Received: {getattr(read, name)!r}"
            )
    added = read.get_config().get("special_tokens")
    if added and read.special_tokens_in_strings:
        raise CheckpointError(
            f"{folder / 'tokenizer.json'}: special_tokens in texts are not supported for models of KerasHub. "
            f"Received: {added}"
        )
    return KerasHubTokenizer, arguments | {"strip_accents": read.strip_accents}
