"""Rows of the tables that have one for each token: the embedding, and the last layer of a masked language model."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from bert_keras.models.backbone import BertBackbone


def token_rows(backbone: BertBackbone) -> np.ndarray:
    """Returns the token embedding, `[tokens, width]` float32."""
    return _values(backbone.token_embedding.embeddings)


def set_token_rows(backbone: BertBackbone, table: np.ndarray) -> None:
    """Assigns the token embedding, `[tokens, width]`, of any number of tokens."""
    layer = backbone.token_embedding
    if len(table) != backbone.vocabulary_size:
        layer.input_dim = backbone.vocabulary_size = len(table)
        _replace(layer, layer._embeddings, layer.build)
    layer.embeddings.assign(table)


def token_outputs(layer: Any) -> np.ndarray:
    """Returns the weights of a `VocabularyBias` or of a dense layer without a bias, `[tokens, ...]` float32."""
    return _values(layer.kernel).T if isinstance(layer, keras.layers.Dense) else _values(layer.bias)


def set_token_outputs(layer: Any, table: np.ndarray) -> None:
    """Assigns the weights that `token_outputs` returns, of any number of tokens."""
    if isinstance(layer, keras.layers.Dense):
        if len(table) != layer.units:
            layer.units = len(table)
            _replace(layer, layer._kernel, lambda: layer.build((None, table.shape[1])))
        layer.kernel.assign(table.T)
        return
    if len(table) != layer.bias.shape[0]:
        _replace(layer, layer.bias, lambda: layer.build((None, len(table))))
    layer.bias.assign(table)


def with_new_rows(table: np.ndarray, known: int, tokens: int) -> np.ndarray:
    """Returns a table with rows for tokens that were added; the model's outputs for others stay.

    Each new row is the mean of the rows of the known tokens, so that a new token changes the distribution of the
    embeddings least (Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language Models").

    Args:
        table: The rows, `[rows, ...]`.
        known: The number of tokens that the model was trained with. Rows beyond them, to which some embeddings are
            rounded up, are overwritten before the table grows.
        tokens: The number of tokens, the new ones included.
    """
    new = np.repeat(table[:known].mean(axis=0, keepdims=True, dtype=np.float64), tokens - known, axis=0)
    return np.concatenate([table[:known], new.astype(table.dtype), table[tokens:]])


def mean_rows(table: np.ndarray, made_of: Sequence[Sequence[int]]) -> np.ndarray:
    """Returns a row for each list of tokens, the mean of their rows: `[lists, ...]`."""
    counts = np.array([len(of) for of in made_of])
    rows = table[np.concatenate([np.asarray(of, np.int64) for of in made_of])].astype(np.float64)
    sums = np.add.reduceat(rows, np.cumsum(counts) - counts, axis=0)
    return (sums / counts.reshape(-1, *[1] * (table.ndim - 1))).astype(table.dtype)


def _values(weight: Any) -> np.ndarray:
    return keras.ops.convert_to_numpy(keras.ops.cast(weight, "float32"))


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
