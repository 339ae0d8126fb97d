"""Reads BERT presets of KerasHub."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import keras_hub
import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.checkpoints.weights import Place, places
from bert_keras.errors import BertKerasError, CheckpointError

_WEIGHT_FILES = ("model.weights.h5", "model.weights.json")  # the second lists the shards of a large model
# The settings that a preset contains, and those that are fixed in KerasHub's BERT.
_SAID = (
    "vocabulary_size",
    "num_layers",
    "num_heads",
    "hidden_dim",
    "intermediate_dim",
    "dropout",
    "max_sequence_length",
    "num_segments",
)
_BUILT_IN = {"activation": "gelu_new", "layer_norm_epsilon": 1e-12, "initializer_range": 0.02, "pooler": True}


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Converts errors of Keras about a broken preset into one line that names the folder.

    Args:
        folder: The folder of the preset.

    Yields:
        Nothing.

    Raises:
        PresetError: There is no weights file.
        CheckpointError: Keras cannot read the files, or they are inconsistent.
    """
    _check_weights(folder)
    try:
        yield
    except BertKerasError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"{folder}: the preset cannot be loaded ({reason}); was it written to the end?"
        ) from error


class KerasHubTensors(LazyTensors):
    """The tensors of a KerasHub preset by Hugging Face's names; the model is loaded on first use.

    Args:
        folder: The folder of the preset.

    Raises:
        PresetError: There is no weights file.
    """

    def __init__(self, folder: Path) -> None:
        _check_weights(folder)
        self._folder = folder

    @functools.cached_property
    def _stored(self) -> dict[str, Place]:
        with reading(self._folder):
            backbone = keras_hub.models.BertBackbone.from_preset(str(self._folder), dtype="float32")
        return {place.name: place for place in places(backbone)}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._stored[name].read()


def read_keras_hub(folder: Path) -> Checkpoint:
    """Reads a folder that KerasHub's `save_to_preset` wrote.

    Args:
        folder: The folder.

    Returns:
        The checkpoint. KerasHub's BERT always has the tanh GELU, one dropout rate and an epsilon of 1e-12.

    Raises:
        PresetError: There is no weights file.
        CheckpointError: The model is not BERT, or the files are broken.
    """
    stored = read_json(folder / "config.json")
    name = stored["registered_name"]
    if name.partition(">")[2] != "BertBackbone":
        raise CheckpointError(f"{folder}: expected a BertBackbone of KerasHub. Received: {name}")
    tensors = KerasHubTensors(folder)
    with reading(folder):
        tokenizer = keras_hub.tokenizers.BertTokenizer.from_preset(str(folder))
        said = {setting: stored["config"][setting] for setting in _SAID}
    return Checkpoint(
        folder=folder,
        config=said | _BUILT_IN | {"attention_dropout": said["dropout"]},
        tokenizer={"vocabulary": tokenizer.get_vocabulary(), "lowercase": tokenizer.lowercase, "strip_accents": None},
        tensors=tensors,
        head_dropout=said["dropout"],
    )


def _check_weights(folder: Path) -> None:
    if not any((folder / name).exists() for name in _WEIGHT_FILES):
        raise missing(folder, _WEIGHT_FILES[0])
