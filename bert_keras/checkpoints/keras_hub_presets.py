"""Reads KerasHub's presets of BERT."""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import keras_hub
import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.weights import Place, places
from bert_keras.errors import BertKerasError, CheckpointError

_WEIGHT_FILES = ("model.weights.h5", "model.weights.json")  # the second names the shards of a large model
# Settings that a preset says, and those that KerasHub's BERT has built in.
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
    """Turns what Keras raises over a broken preset into one line that names the folder.

    Args:
        folder: The preset.

    Yields:
        Nothing.

    Raises:
        PresetError: No weights.
        CheckpointError: Files that Keras cannot read, or that do not fit together.
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


class KerasHubTensors(Mapping[str, np.ndarray]):
    """The tensors of a KerasHub preset under Hugging Face's names; nothing is loaded before one is asked for.

    Args:
        folder: The preset.

    Raises:
        PresetError: No weights.
    """

    def __init__(self, folder: Path) -> None:
        _check_weights(folder)
        self._folder = folder

    @functools.cached_property
    def _places(self) -> dict[str, Place]:
        with reading(self._folder):
            backbone = keras_hub.models.BertBackbone.from_preset(str(self._folder), dtype="float32")
        return {place.name: place for place in places(backbone)}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._places[name].read()

    def __contains__(self, name: object) -> bool:
        return name in self._places  # Mapping's own would read the tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


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
