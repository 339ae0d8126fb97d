"""Vectors for TensorBoard's projector: of the rows, of the words in them, and what the model reads them with."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bert_keras.insight.projector import write_projector
from bert_keras.insight.sentence_vectors import sentence_vectors
from bert_keras.insight.vocabulary_vectors import input_vectors, vocabulary_vectors
from bert_keras.insight.word_vectors import word_vectors
from pipelines.visualize_input import Example
from pipelines.visualize_rows import Rows

if TYPE_CHECKING:
    from bert_keras.insight.embedding_set import EmbeddingSet
    from bert_keras.models import SpanExtractor, TextClassifier


def write_embeddings(
    model: "TextClassifier | SpanExtractor", rows: Rows, layers: Sequence[int] | None, folder: Path
) -> "list[EmbeddingSet]":
    """Writes a run of the projector for each kind of vectors.

    Args:
        model: The model.
        rows: Whose vectors; where the first says what is true, those that say it.
        layers: Numbers of hidden states; None is the input, the one in the middle and the last.
        folder: Of the logs.

    Returns:
        The sets of rows and words.

    Raises:
        InputError: Rows without any word, layers that the model does not have, or a folder with other files.
    """
    count = model.backbone.num_layers
    chosen = sorted({0, count // 2, count}) if layers is None else list(layers)
    sets = []
    for vectors in (sentence_vectors, word_vectors):
        texts, truth = _texts_and_truth(model, rows)
        sets += vectors(model, texts, chosen, truth)
    write_projector(folder, [*sets, vocabulary_vectors(model), input_vectors(model)])
    return sets


def _texts_and_truth(model: "TextClassifier | SpanExtractor", rows: Rows) -> tuple[Iterator[Any], Iterator[Any] | None]:
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
