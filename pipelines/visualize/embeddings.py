"""The embeddings of rows, words, vocabulary, positions and segments, for figures and TensorBoard's Projector."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.sentence_vectors import sentence_vectors
from bert_keras.insight.vocabulary_vectors import input_vectors, vocabulary_vectors
from bert_keras.insight.word_vectors import word_vectors

from .examples import Example
from .model import Looked
from .rows import Rows


def row_vectors(model: Looked, rows: Rows, layers: Sequence[int] | None) -> list[EmbeddingSet]:
    """Computes the embeddings of rows.

    Args:
        model: The model.
        rows: The rows. If the true targets of some are known, rows without one are left out.
        layers: The numbers of the hidden states, 0 for the input; `None` means all.

    Returns:
        A set for each layer and kind of vector, in the order of the layers.

    Raises:
        InputError: The model does not have one of the layers.
    """
    texts, truth = _texts_and_truth(model, rows)
    return sentence_vectors(model, texts, layers, truth)


def all_vectors(model: Looked, rows: Rows, layers: Sequence[int] | None) -> list[EmbeddingSet]:
    """Computes the embeddings of rows and their words, and reads those of the vocabulary, positions and segments.

    Args:
        model: The model.
        rows: The rows, as `row_vectors` takes them.
        layers: The numbers of the hidden states; `None` means the input, the middle and the last one.

    Returns:
        The sets, those of the rows first; each passes `EmbeddingSet.check`.

    Raises:
        InputError: There are too few rows or no words in them, or the model does not have one of the layers.
    """
    count = model.backbone.num_layers
    layers = sorted({0, count // 2, count}) if layers is None else layers
    texts, truth = _texts_and_truth(model, rows)
    of_words = word_vectors(model, texts, layers, truth)
    sets = [*row_vectors(model, rows, layers), *of_words, vocabulary_vectors(model), input_vectors(model)]
    for each in sets:
        each.check()
    return sets


def _texts_and_truth(model: Looked, rows: Rows) -> tuple[Iterator[Any], Iterator[Any] | None]:
    examples, known = rows.labelled(model)
    if not known:
        return map(_texts, examples), None
    told, again = itertools.tee(examples)
    return map(_texts, told), map(_truth, again)


def _texts(example: Example) -> str | tuple[str, str]:
    return example.text if example.pair is None else (example.text, example.pair)


def _truth(example: Example) -> Any:
    """Returns the true label or labels of a row, or the texts of the gold answers of a question."""
    true: Any = example.true
    return [getattr(one, "text", one) for one in true] if isinstance(true, tuple) else true
