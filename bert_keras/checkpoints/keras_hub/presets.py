"""Reads presets of KerasHub: BERT and DistilBERT, alone or with a text classifier's head."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.keras_hub.backbones import ENCODERS, Encoder
from bert_keras.checkpoints.keras_hub.classifier import (
    KerasHubHead,
    read_classifier,
    read_sequence_length,
    task_named,
)
from bert_keras.checkpoints.keras_hub.tokenizer import read_keras_hub_tokenizer
from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.checkpoints.weights import Place
from bert_keras.errors import BertKerasError, CheckpointError

_WEIGHT_FILES = ("model.weights.h5", "model.weights.json")  # the second lists the shards of a large model


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
        encoder: The class of its encoder.
        head: Its classifier's head, if any.

    Raises:
        PresetError: There is no weights file.
    """

    def __init__(self, folder: Path, encoder: Encoder, head: KerasHubHead | None) -> None:
        _check_weights(folder)
        self._folder, self._encoder, self._head = folder, encoder, head

    @functools.cached_property
    def _stored(self) -> dict[str, Place]:
        with reading(self._folder):
            backbone = self._encoder.load(self._folder)
            found = list(self._encoder.places(backbone))
            found += self._head.load(self._folder, backbone) if self._head is not None else []
        return {place.name: place for place in found}

    def __getitem__(self, name: str) -> np.ndarray:
        return self._stored[name].read()


def read_keras_hub(folder: Path) -> Checkpoint:
    """Reads a folder that KerasHub's `save_to_preset` wrote.

    Args:
        folder: The folder.

    Returns:
        The checkpoint. KerasHub's BERT always has the tanh GELU, one dropout rate and an epsilon of 1e-12; the labels
        of a classifier are the numbers of its outputs, since KerasHub has no names for them.

    Raises:
        PresetError: There is no weights file.
        CheckpointError: The model is no BERT, has settings that are not supported, or the files are broken.
    """
    encoder = _encoder_of(folder)
    with reading(folder):
        head = read_classifier(folder, encoder)
        config = encoder.settings(read_json(folder / "config.json")["config"])
        tokenizer_class, tokenizer = read_keras_hub_tokenizer(folder, encoder, trained=head is not None)
    return Checkpoint(
        folder=folder,
        config=config | {"pooler": encoder.pooled or head is not None},
        tokenizer=tokenizer,
        tokenizer_class=tokenizer_class,
        tensors=KerasHubTensors(folder, encoder, head),
        labels=None if head is None else head.labels,
        task="single_label" if head is None else head.task,
        max_length=None if head is None else read_sequence_length(folder),
        other_head="" if head is not None else _other_head(folder),
        head_dropout=config["dropout"] if head is None else head.dropout,
    )


def _encoder_of(folder: Path) -> Encoder:
    name = str(read_json(folder / "config.json")["registered_name"])
    encoder = ENCODERS.get(name.partition(">")[2])
    if encoder is None:
        raise CheckpointError(f"{folder}: expected a {' or '.join(ENCODERS)} of KerasHub. Received: {name}")
    return encoder


def _other_head(folder: Path) -> str:
    """Returns what the preset holds besides an encoder that is not read, for messages."""
    name = task_named(folder)
    return f"a {name} of KerasHub, of which the encoder alone is read" if name else ""


def _check_weights(folder: Path) -> None:
    if not any((folder / name).exists() for name in _WEIGHT_FILES):
        raise missing(folder, _WEIGHT_FILES[0])
