"""A vector for each row: the means over the tokens of its texts in the last layers of an encoder as it is."""

from collections.abc import Callable

import numpy as np

from bert_keras.data import Encoded
from bert_keras.insight.sentence_vectors import sentence_states
from bert_keras.models import TextClassifier
from bert_keras.models.classify_stream import TOKEN_BUDGET, run_by_length

LAYERS = 3
"""The number of layers whose means are a row's vector."""


def row_vectors(
    model: TextClassifier, rows: Encoded, on_rows: Callable[[int], object] = lambda rows: None
) -> np.ndarray:
    """Computes a vector for each row with the current weights.

    Args:
        model: A classifier, whose head is not used.
        rows: The rows.
        on_rows: A function that receives the number of rows of each pass when it is done.

    Returns:
        The means over the tokens of the texts in the last three layers, fewer if the encoder has fewer, last layer
        first: `[rows, layers * hidden]` float32.
    """
    hidden, last = model.backbone.hidden_dim, model.backbone.num_layers
    layers = [layer for layer in range(last, last - LAYERS, -1) if layer >= 1]
    states = sentence_states(model, layers)
    # Of each layer, the vector of [CLS] and the mean.
    means = np.concatenate([np.arange(hidden) + (2 * place + 1) * hidden for place in range(len(layers))])

    def run(places: np.ndarray) -> np.ndarray:
        found = states(rows.batch(places)[0]).numpy()[:, means]
        on_rows(len(places))
        return found

    return run_by_length(rows.lengths, TOKEN_BUDGET, run)
