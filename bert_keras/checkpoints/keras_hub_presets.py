"""Reads KerasHub's presets of BERT."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import keras_hub

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.weights import places
from bert_keras.errors import BertKerasError, CheckpointError

_WEIGHT_FILES = ("model.weights.h5", "model.weights.json")  # the second names the shards of a large model


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turns what Keras raises over a broken preset into one line that names the folder.

    Args:
        folder: The preset.

    Yields:
        Nothing.

    Raises:
        PresetError: No weights.
        CheckpointError: Files that Keras cannot read, or that do not fit together.
    """
    if not any((folder / name).exists() for name in _WEIGHT_FILES):
        raise missing(folder, _WEIGHT_FILES[0])
    try:
        yield
    except BertKerasError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(f"{folder}: the preset cannot be loaded ({reason}); was it written to the end?") from error


def read_keras_hub(folder: Path) -> Checkpoint:
    """Reads a folder that KerasHub's `save_to_preset` wrote.

    Args:
        folder: The folder.

    Returns:
        Its checkpoint. KerasHub's BERT has the tanh GELU, one dropout rate and an epsilon of 1e-12 built in.

    Raises:
        PresetError: No weights.
        CheckpointError: Another model than BERT, or files that are broken.
    """
    name = read_json(folder / "config.json")["registered_name"]
    if name.partition(">")[2] != "BertBackbone":
        raise CheckpointError(f"{folder}: expected a BertBackbone of KerasHub. Received: {name}")
    with reading(folder):
        backbone = keras_hub.models.BertBackbone.from_preset(str(folder), dtype="float32")
        tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset(str(folder))
    config = {
        "activation": "gelu_new",
        "attention_dropout": backbone.dropout,
        "layer_norm_epsilon": 1e-12,
        "initializer_range": 0.02,
        "pooler": True,
    }
    shared = ("vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout")
    config |= {setting: getattr(backbone, setting) for setting in (*shared, "max_sequence_length", "num_segments")}
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer={"vocabulary": tokenizer.get_vocabulary(), "lowercase": tokenizer.lowercase, "strip_accents": None},
        tensors={place.name: place.read() for place in places(backbone)},
        head_dropout=backbone.dropout,
    )
