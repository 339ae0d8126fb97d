"""Vectors of whole rows, layer by layer: that of `[CLS]`, and the mean over the tokens of the texts."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.dataset_rows import Truth, content_mask, pack_rows, sample_rows
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.forward import forward
from bert_keras.insight.layers import checked_layers, layer_name
from bert_keras.insight.row_columns import Columns, row_columns
from bert_keras.models import BertTask, TextClassifier
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, Row, TokenRows, run_by_length

MOST_ROWS = 10_000  # with more the projector's t-SNE takes a sample of its own
_INPUTS = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}


def sentence_vectors(
    model: BertTask,
    rows: Iterable[Row],
    layers: Sequence[int] | None = None,
    labels: Iterable[Truth] | None = None,
    *,
    most: int = MOST_ROWS,
    seed: int = 0,
    token_budget: int = TOKEN_BUDGET,
) -> list[EmbeddingSet]:
    """Makes vectors of the rows of a data set.

    Rows are read as a stream; of more than `most` a sample is kept, in which each row is as likely as any other.

    Args:
        model: A classifier or a reader with a preprocessor.
        rows: Texts or (text, pair) tuples; for a reader (question, context) tuples, each window of which is a point.
        layers: Numbers of hidden states: 0 is the input, -1 the last; None is all of them.
        labels: The truth of each row, see `row_columns`.
        most: Rows to keep at most.
        seed: Of the sample.
        token_budget: Most tokens that go through the model together.

    Returns:
        For each layer the vectors of `[CLS]` and the means over the texts' tokens. Before the first layer `[CLS]` is
        the same vector in each row, so that there it has no set. Of a row whose texts are empty the mean is over its
        special tokens.

    Raises:
        InputError: Rows that the model does not read, not as many labels, or layers that it does not have.
        LabelError: A label that the model does not have.
    """
    kept, truth, left_out = sample_rows(rows, labels, most, seed)
    return SentencePass(model, layers, token_budget).sets(kept, truth, left_out)


class SentencePass:
    """Makes vectors of rows as often as asked, with the weights that the model has at that time.

    Args:
        model: See `sentence_vectors`.
        layers: See there.
        token_budget: See there.

    Raises:
        InputError: Layers that the model does not have.
    """

    def __init__(self, model: BertTask, layers: Sequence[int] | None = None, token_budget: int = TOKEN_BUDGET) -> None:
        self._layers = checked_layers(
            model.backbone, range(model.backbone.num_layers + 1) if layers is None else layers
        )
        self._model, self._token_budget = model, token_budget
        self._states = sentence_states(model, self._layers)

    def sets(self, rows: Sequence[Row], labels: Sequence[Truth] | None = None, left_out: int = 0) -> list[EmbeddingSet]:
        """Runs the model.

        Args:
            rows: The rows.
            labels: The truth of each.
            left_out: How many rows are not among them.

        Returns:
            As `sentence_vectors`.

        Raises:
            InputError: Rows that the model does not read.
            LabelError: A label that it does not have.
        """
        vectors, logits, of = self._run(rows)
        columns, colour = row_columns(self._model, rows, logits, labels)
        columns = of_windows(columns, of, len(rows))
        sets = []
        for place, layer in enumerate(self._layers):
            for kind, name in enumerate(("[CLS]", "mean")):
                if layer or name != "[CLS]":
                    title = f"{name} {layer_name(self._model.backbone, layer)}"
                    sets.append(
                        EmbeddingSet(title, np.ascontiguousarray(vectors[:, place, kind]), columns, colour, left_out)
                    )
        return sets

    def _run(self, rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Vectors `[packed rows, layers, 2, hidden]`, logits `[packed rows, labels]`, and the row of each packed row."""
        parts, of = [], []
        for first in range(0, len(rows), LARGEST_CHUNK):
            packed = pack_rows(self._model, rows[first : first + LARGEST_CHUNK])
            tokens = packed.tokens

            def run(places: np.ndarray, tokens: TokenRows = tokens) -> tf.Tensor:
                return self._states(tokens.inputs(places))

            parts.append(run_by_length(tokens.lengths, self._token_budget, run))
            of.append(packed.of + first)
        found = np.concatenate(parts)
        shape = (len(found), len(self._layers), 2, self._model.backbone.hidden_dim)
        split = int(np.prod(shape[1:]))
        return found[:, :split].reshape(shape), found[:, split:], np.concatenate(of)


def sentence_states(model: BertTask, layers: Sequence[int]) -> Callable[[dict[str, Any]], tf.Tensor]:
    """Makes the pass that finds vectors of rows.

    Args:
        model: The model.
        layers: Which hidden states.

    Returns:
        Takes prepared inputs; gives a row's `[CLS]` and mean of each layer, end to end, then a classifier's logits:
        `[batch, layers * 2 * hidden + labels]` float32.
    """

    @tf.function(input_signature=[_INPUTS], autograph=False)
    def run(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        found = forward(model, inputs)
        content, mask = content_mask(inputs), tf.cast(inputs["padding_mask"], tf.bool)
        counted = tf.where(tf.reduce_any(content, axis=1, keepdims=True), content, mask)
        shares = tf.cast(counted, tf.float32)
        shares /= tf.reduce_sum(shares, axis=1, keepdims=True)
        parts = []
        for layer in layers:
            hidden = tf.cast(found.hidden_states[layer], tf.float32)
            parts += [hidden[:, 0], tf.einsum("bt,bth->bh", shares, hidden)]
        if isinstance(model, TextClassifier):
            parts.append(tf.cast(found.outputs, tf.float32))
        return tf.concat(parts, axis=1)

    return run


def of_windows(columns: Columns, of: np.ndarray, rows: int) -> Columns:
    """Gives each packed row the columns of its row, and where some rows have several windows, their number."""
    if len(of) == rows:
        return columns
    spread: Columns = {name: [values[place] for place in of.tolist()] for name, values in columns.items()}
    begins = np.searchsorted(of, of)  # the windows of a row stand together
    counts = np.bincount(of)
    numbers = np.arange(len(of)) - begins + 1
    return {
        **spread,
        "window": [f"{number} of {count}" for number, count in zip(numbers.tolist(), counts[of].tolist(), strict=True)],
    }
