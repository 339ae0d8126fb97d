"""The texts to inspect with a model that decides at single tokens: texts with masks, and texts with entities."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from bert_keras.data import MarkedText, Reading, TagReading, TagSource
from bert_keras.errors import InputError
from bert_keras.models import TokenClassifier
from bert_keras.tagging.alignment import widened_spans
from bert_keras.text.masked_texts import MASK

from ..inputs.entities import hold_entities
from ..inputs.files import files_of
from ..inputs.model_columns import ModelColumns
from .examples import Example, plain_examples

_TOGETHER = 64  # texts whose words are found in one pass


def masked_examples(names: str | Sequence[str], columns: ModelColumns, reading: Reading) -> Iterator[Example]:
    """Reads texts with masks.

    Args:
        names: Files, as `chunks_of_files` takes them.
        columns: The choice of the columns to read.
        reading: How files are read where their contents leave a choice.

    Yields:
        The texts.

    Raises:
        DataError: A file cannot be read, or lacks a column.
        InputError: A text has no mask.
    """
    for example in _worded(names, columns, reading):
        if MASK not in example.text:
            raise InputError(f"{example.place}: a text to fill holds {MASK}. Received: {example.text!r:.60}")
        yield example


def tagged_examples(
    names: str | Sequence[str], columns: ModelColumns, reading: Reading, tags: TagReading, tagger: TokenClassifier
) -> Iterator[Example]:
    """Reads texts, with their entities if the files have them.

    Args:
        names: Files of texts with entities, as `data.TagSource` reads them, or of texts alone.
        columns: The choice of the columns to read of texts alone.
        reading: How files of texts alone are read.
        tags: How files of texts with entities are read.
        tagger: The model, which divides texts into words.

    Yields:
        The texts; entities have the bounds of words, as in training.

    Raises:
        DataError: A file cannot be read; the message names the place.
    """
    for name in files_of(names):
        if hold_entities(name):
            source = TagSource(name, tags)
            for file, what in source.described.items():
                columns.say(f"{file}: is read as {what}")
            texts = iter(source.texts)
            while some := list(itertools.islice(texts, _TOGETHER)):
                yield from _aligned(some, tagger)
        else:
            yield from _worded(name, columns, reading)


def _worded(names: str | Sequence[str], columns: ModelColumns, reading: Reading) -> Iterator[Example]:
    for example in plain_examples(names, columns, reading):
        if example.text.strip():
            yield example
        else:
            columns.say(f"{names if isinstance(names, str) else ', '.join(names)}: texts without a word are left out")


def _aligned(texts: Sequence[MarkedText], tagger: TokenClassifier) -> Iterator[Example]:
    worded = tagger.preprocessor.worded([text.text for text in texts])
    of, starts, ends = (values.numpy() for values in (worded.texts, worded.starts, worded.ends))
    edges = np.searchsorted(of, np.arange(len(texts) + 1))
    for text, begin, end in zip(texts, edges, edges[1:], strict=False):
        unknown = next((span.label for span in text.spans if span.label not in tagger.labels), "")
        if unknown:
            yield Example(text.text, place=text.place, unknown=unknown)
            continue
        true = widened_spans(text.spans, starts[begin:end], ends[begin:end])
        yield Example(text.text, None, tuple(true), text.place)
