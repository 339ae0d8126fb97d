"""The encoder of a preset of this project, with a pooler."""

import logging
from typing import Any

import keras

from bert_keras import checkpoints
from bert_keras.models.backbone import BertBackbone

_log = logging.getLogger(__name__)


def encoder_with_pooler(
    folder: str, load_weights: bool = True, *, base: str | None = None, dtype: Any = None
) -> BertBackbone:
    """Loads the encoder of a preset or of an adapter of this project; a pooler that it lacks is a fresh one.

    Args:
        folder: The folder of the preset.
        load_weights: Whether to load the weights; otherwise they are initialized randomly.
        base: The model that an adapter stands over, instead of the one that it names.
        dtype: The dtype or dtype policy. `None` means Keras' default.

    Returns:
        The encoder, all of whose weights are trainable.
    """
    return with_pooler(BertBackbone.from_preset(folder, load_weights, base=base, dtype=dtype), folder)


def with_pooler(found: BertBackbone, preset: str) -> BertBackbone:
    """Returns an encoder with a pooler: the one there is, or a copy with a fresh one.

    Args:
        found: The encoder.
        preset: The name of its preset, for a warning about a fresh pooler.

    Returns:
        The encoder, all of whose weights are trainable.
    """
    if found.pooler:
        return found
    _log.warning("%s has no pooler; a fresh one is used, which wants training", preset)
    settings = {name: getattr(found, name) for name in checkpoints.BACKBONE_SETTINGS}
    backbone = BertBackbone(**(settings | {"pooler": True, "dtype": found.dtype_policy}))
    stored = {place.name: place.variable for place in checkpoints.places(found)}
    for place in checkpoints.places(backbone):
        if place.name in stored:
            place.variable.assign(keras.ops.convert_to_numpy(stored[place.name]))
    return backbone
