"""Vectors for TensorBoard's projector: of the rows, of the words in them, and what the model reads them with."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.sentence_vectors import sentence_vectors
from bert_keras.insight.vocabulary_vectors import input_vectors, vocabulary_vectors
from bert_keras.insight.word_vectors import word_vectors
from bert_keras.models import SpanExtractor, TextClassifier

from .examples import Example
from .rows import Rows


def row_vectors(model: TextClassifier | SpanExtractor, rows: Rows, layers: Sequence[int] | None) -> list[EmbeddingSet]:
    """Makes vectors of rows.

    Args:
        model: The model.
        rows: Whose vectors; where the first says what is true, those that say it.
        layers: Numbers of hidden states; None is all of them.

    Returns:
        A set for each layer and kind of vector, in the order of layers.

    Raises:
        InputError: Layers that the model does not have.
    """
    texts, truth = _texts_and_truth(model, rows)
    return sentence_vectors(model, texts, layers, truth)


def all_vectors(model: TextClassifier | SpanExtractor, rows: Rows, layers: Sequence[int] | None) -> list[EmbeddingSet]:
    """Makes vectors of rows as `row_vectors`, of the words in them, and takes those of the vocabulary, positions and segments.

    Args:
        model: The model.
        rows: Whose vectors.
        layers: Numbers of hidden states; None is the input, the one in the middle and the last.

    Returns:
        The sets, those of rows first; each can be shown.

    Raises:
        InputError: Too few rows, rows without any word, or layers that the model does not have.
    """
    count = model.backbone.num_layers
    layers = sorted({0, count // 2, count}) if layers is None else layers
    texts, truth = _texts_and_truth(model, rows)
    of_words = word_vectors(model, texts, layers, truth)
    sets = [*row_vectors(model, rows, layers), *of_words, vocabulary_vectors(model), input_vectors(model)]
    for each in sets:
        each.check()
    return sets


def _texts_and_truth(model: TextClassifier | SpanExtractor, rows: Rows) -> tuple[Iterator[Any], Iterator[Any] | None]:
    examples = rows.all(model)
    first = next(examples, None)
    examples = itertools.chain([] if first is None else [first], examples)
    if first is None or first.true is None:
        return map(_texts, examples), None
    told, again = itertools.tee(example for example in examples if example.true is not None)
    return map(_texts, told), map(_truth, again)


def _texts(example: Example) -> str | tuple[str, str]:
    return example.text if example.pair is None else (example.text, example.pair)


def _truth(example: Example) -> Any:
    """Labels as they are, of a question the texts of its answers."""
    true: Any = example.true
    return [getattr(one, "text", one) for one in true] if isinstance(true, tuple) else true
