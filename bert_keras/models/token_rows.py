"""Rows of a token embedding for tokens that are added to a trained model."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from bert_keras.models.backbone import BertBackbone


def add_token_rows(backbone: BertBackbone, known: int, tokens: int) -> None:
    """Gives tokens that were added to the vocabulary rows of the embedding; the model's outputs for others stay.

    Each new row is the mean of the rows of the known tokens, so that a new token changes the distribution of the
    embeddings least (Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language Models").

    Args:
        backbone: The encoder, without adapters.
        known: The number of tokens that the model was trained with. Rows beyond them, to which some embeddings are
            rounded up, are overwritten before the embedding grows.
        tokens: The number of tokens, the new ones included.
    """
    layer = backbone.token_embedding
    grown = _grown(layer.embeddings, known, tokens)
    if len(grown) > backbone.vocabulary_size:
        layer.input_dim = len(grown)
        _replace(layer, layer._embeddings, layer.build)
        backbone.vocabulary_size = len(grown)
    layer.embeddings.assign(grown)


def add_token_outputs(layer: Any, known: int, tokens: int) -> None:
    """Gives tokens that were added to the vocabulary outputs in the last layer of a masked language model.

    Args:
        layer: A `VocabularyBias`, or a dense layer without a bias.
        known: As in `add_token_rows`.
        tokens: As in `add_token_rows`.
    """
    dense = isinstance(layer, keras.layers.Dense)
    weight = layer.kernel if dense else layer.bias
    shape = tuple(weight.shape)
    grown = _grown(keras.ops.transpose(weight), known, tokens).T
    if grown.shape != shape:
        if dense:
            layer.units = grown.shape[-1]
        _replace(
            layer,
            layer._kernel if dense else weight,
            lambda: layer.build((*shape[:-1], shape[0] if dense else grown.shape[-1])),
        )
    (layer.kernel if dense else layer.bias).assign(grown)


def _grown(table: Any, known: int, tokens: int) -> np.ndarray:
    """Returns a table with a row for each token, `[tokens or more, ...]` float32."""
    rows = keras.ops.convert_to_numpy(keras.ops.cast(table, "float32"))
    new = np.repeat(rows[:known].mean(axis=0, keepdims=True, dtype=np.float64), tokens - known, axis=0)
    return np.concatenate([rows[:known], new.astype(rows.dtype), rows[tokens:]])


def _replace(layer: keras.Layer, weight: Any, build: Callable[[], object]) -> None:
    """Replaces the only weight of a layer; the layer stays, so graphs of the model need no change.

    Only private names do this in Keras: its own `quantize` and `enable_lora` replace weights in this way.
    """
    trainable, locked = weight.trainable, layer._tracker.locked
    layer._tracker.unlock()
    layer._untrack_variable(weight)
    layer.built = False
    build()
    layer.variables[0].trainable = trainable
    if locked:
        layer._tracker.lock()
