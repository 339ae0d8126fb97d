"""Vectors of words in context, layer by layer: the mean over the pieces of a word."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.insight.dataset_rows import PackedRows, Truth, labelled, pack_rows
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.forward import INPUT_SIGNATURE, forward
from bert_keras.insight.layers import checked_layers, layer_name
from bert_keras.insight.point_sample import PointSample
from bert_keras.insight.row_columns import row_columns
from bert_keras.insight.sentence_vectors import MOST_ROWS
from bert_keras.insight.word_places import NO_WORD, WordPlaces, word_places
from bert_keras.models import BertTask, TextClassifier
from bert_keras.models.classify_stream import TOKEN_BUDGET, Row, growing_chunks
from bert_keras.text import MOST_ROWS as MOST_ROWS_OF_A_PASS, passes_by_length

_WORDS = tf.TensorSpec([None, None], tf.int32)


def word_vectors(
    model: BertTask,
    rows: Iterable[Row],
    layers: Sequence[int] | None = None,
    labels: Iterable[Truth] | None = None,
    *,
    words: Iterable[str] | None = None,
    most: int = MOST_ROWS,
    seed: int = 0,
    token_budget: int = TOKEN_BUDGET,
) -> list[EmbeddingSet]:
    """Computes a vector for each occurrence of a word in a data set.

    Rows are read as a stream. If there are more than `most` words, a uniform sample is kept, and only rows with a
    sampled word pass through the model.

    Args:
        model: A classifier or a reader with a preprocessor.
        rows: Texts or (text, pair) tuples; for a reader, (question, context) tuples, whose windows may share words.
        layers: The numbers of hidden states; `None` means the input, the middle layer and the last.
        labels: The true label of each row; see `row_columns`.
        words: The words to keep, as the tokenizer writes them (in lower case if it is uncased); several words are
            coloured by word. `None` means all words.
        most: The maximum number of words to keep.
        seed: The random seed of the sample.
        token_budget: The maximum number of tokens per pass.

    Returns:
        A set for each layer.

    Raises:
        InputError: The rows do not fit the model, the numbers of rows and labels differ, a layer does not exist, or
            there is no word.
        LabelError: The model does not have a label.
    """
    count = model.backbone.num_layers
    chosen = checked_layers(model.backbone, (0, count // 2, count) if layers is None else layers)
    wanted = None if words is None else frozenset(words)
    reading = _Reading(model, chosen, wanted, PointSample(most, seed), token_budget)
    for chunk in growing_chunks(labelled(rows, labels)):
        reading.add([row for row, _ in chunk], None if labels is None else [label for _, label in chunk])
    kept = reading.kept
    if not len(kept):
        raise InputError(
            "there is no word to make a vector of: the rows are empty, or hold none of the words asked for"
        )
    colour = "word" if wanted is not None and len(wanted) > 1 else reading.colour
    sets = []
    for place, layer in enumerate(chosen):
        vectors, name = np.ascontiguousarray(kept.vectors[:, place]), f"in context, {layer_name(model.backbone, layer)}"
        sets.append(EmbeddingSet(name, vectors, kept.columns, colour, kept.seen - len(kept), "words"))
    return sets


class _Reading:
    """Reads a data set chunk by chunk and keeps a sample of its words."""

    def __init__(
        self,
        model: BertTask,
        layers: Sequence[int],
        wanted: frozenset[str] | None,
        kept: PointSample,
        token_budget: int,
    ) -> None:
        self.kept, self.colour = kept, "word"
        self._model, self._layers, self._wanted, self._token_budget = model, layers, wanted, token_budget
        tokenizer = None if model.preprocessor is None else model.preprocessor.tokenizer
        self._vocabulary = [] if tokenizer is None else tokenizer.get_vocabulary()
        self._goes_on = np.zeros(0, bool) if tokenizer is None else tokenizer.continues
        self._prefix = "" if tokenizer is None else tokenizer.prefix
        self._run = _word_states(model, layers)

    def add(self, rows: list[Row], labels: list[Truth] | None) -> None:
        """Reads rows and computes the vectors of those of their words that are kept."""
        packed = pack_rows(self._model, rows)
        places = word_places(packed, self._goes_on)
        candidates = self._candidates(places, packed.tokens.token_ids)
        words = candidates[self.kept.choose(len(candidates))]
        if not len(words):
            return
        vectors, logits, packed_rows = self._vectors(packed, places, words)
        of = packed.of[packed_rows]
        known, self.colour = row_columns(
            self._model,
            [rows[place] for place in of],
            logits,
            None if labels is None else [labels[place] for place in of],
        )
        where = np.searchsorted(packed_rows, places.packed_rows[words]).tolist()
        written = places.texts(words, packed.tokens.token_ids, self._vocabulary, self._prefix)
        columns: dict[str, Sequence[Any]] = {"word": written}
        # Not "text": the projector would keep labelling by the column that labelled rows.
        columns |= {
            "sentence" if name == "text" else name: [values[place] for place in where] for name, values in known.items()
        }
        self.kept.add(vectors, columns)

    def _candidates(self, places: WordPlaces, token_ids: np.ndarray) -> np.ndarray:
        every = np.arange(len(places.firsts))
        if self._wanted is None:
            return every
        texts = places.texts(every, token_ids, self._vocabulary, self._prefix)
        return every[[text in self._wanted for text in texts]]

    def _vectors(
        self, packed: PackedRows, places: WordPlaces, words: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns vectors `[words, layers, hidden]`, and logits and indices of the packed rows with these words."""
        packed_rows = np.unique(places.packed_rows[words])
        lengths = packed.tokens.lengths
        begins = np.cumsum(lengths) - lengths
        number_of = np.full(len(places.firsts) + 1, NO_WORD)  # the last entry is for special tokens, whose word is -1
        number_of[words] = np.arange(len(words))
        vectors = np.empty((len(words), len(self._layers), self._model.backbone.hidden_dim), np.float32)
        logits = np.empty((len(packed_rows), 0), np.float32)
        for passed in passes_by_length(lengths[packed_rows], self._token_budget, MOST_ROWS_OF_A_PASS):
            rows = packed_rows[passed]
            inputs = packed.tokens.inputs(rows)
            within = np.arange(inputs["token_ids"].shape[1])
            inside = within < lengths[rows][:, np.newaxis]
            tokens = np.where(inside, begins[rows][:, np.newaxis] + within, 0)
            numbers = np.where(inside, number_of[places.word_of[tokens]], NO_WORD)
            found, local = np.unique(numbers[numbers != NO_WORD], return_inverse=True)
            numbers[numbers != NO_WORD] = local
            states, outputs = self._run(inputs, numbers.astype(np.int32), np.int32(len(found)))
            vectors[found] = states.numpy()
            if not logits.size:
                logits = np.empty((len(packed_rows), outputs.shape[1]), np.float32)
            logits[passed] = outputs.numpy()
        return vectors, logits, packed_rows


def _word_states(model: BertTask, layers: Sequence[int]) -> Any:
    """Returns a function that computes word vectors `[words, layers, hidden]` and logits `[batch, labels]`."""

    @tf.function(input_signature=[INPUT_SIGNATURE, _WORDS, tf.TensorSpec([], tf.int32)], autograph=False)
    def run(inputs: dict[str, tf.Tensor], words: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = forward(model, inputs)
        states = tf.stack([tf.cast(found.hidden_states[layer], tf.float32) for layer in layers], axis=2)
        flat = tf.reshape(states, [-1, len(layers), model.backbone.hidden_dim])
        # Tokens with a negative number belong to no word and are dropped.
        means = tf.math.unsorted_segment_mean(flat, tf.reshape(words, [-1]), count)
        outputs = found.outputs if isinstance(model, TextClassifier) else tf.zeros([tf.shape(words)[0], 0])
        return means, tf.cast(outputs, tf.float32)

    return run
