"""A vector for each row: the means over the tokens of its texts in the last layers of an encoder as it is."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from bert_keras.data import Encoded
from bert_keras.insight.sentence_vectors import sentence_states
from bert_keras.models import TextClassifier
from bert_keras.models.classify_stream import TOKEN_BUDGET, run_by_length


def row_vectors(
    model: TextClassifier, rows: Encoded, on_rows: Callable[[int], object] = lambda rows: None
) -> np.ndarray:
    """Computes a vector for each row with the current weights.

    Args:
        model: A classifier, whose head is not used.
        rows: The rows.
        on_rows: A function that receives the number of rows of each pass when it is done.

    Returns:
        The mean over the tokens of the texts in the last layer, `[rows, hidden]` float32.
    """
    hidden = model.backbone.hidden_dim
    states = sentence_states(model, [model.backbone.num_layers])

    def run(places: np.ndarray) -> tf.Tensor:
        found = states(rows.batch(places)[0])[:, hidden : 2 * hidden]
        on_rows(len(places))
        return found

    return run_by_length(rows.lengths, TOKEN_BUDGET, run)
