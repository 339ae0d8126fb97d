"""Rows of a token embedding for tokens that are added to a trained model."""

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
    rows = keras.ops.convert_to_numpy(keras.ops.cast(layer.embeddings, "float32"))
    new = np.repeat(rows[:known].mean(axis=0, keepdims=True, dtype=np.float64), tokens - known, axis=0)
    grown = np.concatenate([rows[:known], new.astype(rows.dtype), rows[tokens:]])
    if len(grown) > len(rows):
        _replace_table(layer, len(grown))
        backbone.vocabulary_size = len(grown)
    layer.embeddings.assign(grown)


def _replace_table(layer: keras.layers.Embedding, rows: int) -> None:
    """Replaces the weight of an embedding by one of more rows; the layer stays, so graphs of the model need no change.

    Only private names do this in Keras: its own `quantize` and `enable_lora` replace weights in this way.
    """
    trainable, locked = layer.embeddings.trainable, layer._tracker.locked
    layer._tracker.unlock()
    layer._untrack_variable(layer._embeddings)
    layer.input_dim, layer.built = rows, False
    layer.build()
    layer._embeddings.trainable = trainable
    if locked:
        layer._tracker.lock()
