"""Sentence vectors layer by layer: the hidden state of `[CLS]`, and the mean over the tokens of the texts."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.insight.dataset_rows import Truth, content_mask, pack_rows, sample_rows
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.forward import INPUT_SIGNATURE, forward
from bert_keras.insight.layers import checked_layers, layer_name
from bert_keras.insight.row_columns import Columns, row_columns
from bert_keras.models import BertTask, TextClassifier
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, Row, TokenRows, run_by_length

MOST_ROWS = 10_000  # with more, the projector's t-SNE takes a sample of its own
_ROWS_A_TIME = 1_024


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
    """Computes sentence vectors of the rows of a data set.

    Rows are read as a stream; if there are more than `most`, a uniform sample is kept.

    Args:
        model: A classifier or a reader with a preprocessor.
        rows: Texts or (text, pair) tuples; for a reader, (question, context) tuples, each window of which is a point.
        layers: The numbers of hidden states: 0 is the input, -1 the last; `None` means all.
        labels: The true label of each row; see `row_columns`.
        most: The maximum number of rows to keep.
        seed: The random seed of the sample.
        token_budget: The maximum number of tokens per pass.

    Returns:
        For each layer, the vectors of `[CLS]` and the means over the tokens of the texts. In layer 0 the vector of
        `[CLS]` is the same in every row, so that it has no set. If the texts of a row are empty, the mean is over its
        special tokens.

    Raises:
        InputError: The rows do not fit the model, the numbers of rows and labels differ, or a layer does not exist.
        LabelError: The model does not have a label.
    """
    kept, truth, left_out = sample_rows(rows, labels, most, seed)
    return SentencePass(model, layers, token_budget).sets(kept, truth, left_out)


def mean_vectors(
    model: BertTask, rows: Sequence[Row], on_rows: Callable[[int], object] = lambda rows: None
) -> np.ndarray:
    """Computes the vector of each row by which rows are compared: the mean over its tokens in the last layer.

    Args:
        model: A classifier with a preprocessor.
        rows: Texts or (text, pair) tuples; at least one.
        on_rows: A function that is called with the number of rows after each pass.

    Returns:
        The vectors that the projector shows as "mean last layer", `[rows, hidden]` float32.

    Raises:
        InputError: The rows do not fit the model, or its vectors are not finite.
    """
    passes, found = SentencePass(model, (-1,)), []
    for begin in range(0, len(rows), _ROWS_A_TIME):
        some = rows[begin : begin + _ROWS_A_TIME]
        found.append(passes.vectors(some)[:, 0, 1])
        on_rows(len(some))
    vectors = np.concatenate(found)
    if not np.isfinite(vectors).all():
        raise InputError("the model's vectors hold numbers that are not finite")
    return vectors


class SentencePass:
    """Computes sentence vectors repeatedly, with the current weights of the model.

    Args:
        model: The model; see `sentence_vectors`.
        layers: The numbers of hidden states; `None` means all.
        token_budget: The maximum number of tokens per pass.

    Raises:
        InputError: A layer does not exist.
    """

    def __init__(self, model: BertTask, layers: Sequence[int] | None = None, token_budget: int = TOKEN_BUDGET) -> None:
        self._layers = checked_layers(
            model.backbone, range(model.backbone.num_layers + 1) if layers is None else layers
        )
        self._model, self._token_budget = model, token_budget
        self._states = sentence_states(model, self._layers)

    def sets(self, rows: Sequence[Row], labels: Sequence[Truth] | None = None, left_out: int = 0) -> list[EmbeddingSet]:
        """Runs the model on rows.

        Args:
            rows: The rows.
            labels: The true label of each row; `None` means unknown.
            left_out: The number of rows that sampling left out.

        Returns:
            The sets; see `sentence_vectors`.

        Raises:
            InputError: The rows do not fit the model.
            LabelError: The model does not have a label.
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

    def vectors(self, rows: Sequence[Row]) -> np.ndarray:
        """Returns the vectors of rows alone, `[packed rows, layers, 2, hidden]`: of `[CLS]` and the mean."""
        return self._run(rows)[0]

    def _run(self, rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns vectors `[packed rows, layers, 2, hidden]`, logits `[packed rows, labels]`, and row indices."""
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
    """Returns a function that computes sentence vectors.

    Args:
        model: The model.
        layers: The numbers of hidden states.

    Returns:
        A function from prepared inputs to the `[CLS]` vector and the mean of each layer, concatenated, followed by the
        logits of a classifier: `[batch, layers * 2 * hidden + labels]` float32.
    """

    @tf.function(input_signature=[INPUT_SIGNATURE], autograph=False)
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
    """Returns each packed row's columns; if a row has several windows, with a column of window numbers."""
    if len(of) == rows:
        return columns
    spread: Columns = {name: [values[place] for place in of.tolist()] for name, values in columns.items()}
    begins = np.searchsorted(of, of)  # the windows of a row are adjacent
    counts = np.bincount(of)
    numbers = np.arange(len(of)) - begins + 1
    return {
        **spread,
        "window": [f"{number} of {count}" for number, count in zip(numbers.tolist(), counts[of].tolist(), strict=True)],
    }
