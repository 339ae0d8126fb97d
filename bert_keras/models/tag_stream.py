"""Tags the words of many texts fast: batches windows of similar length, and decides each word where it is seen best."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.models.classify_stream import TokenRows
from bert_keras.models.entities import Entity, entities_by_text
from bert_keras.qa.decoding import best_windows
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.tagging.graph_decoding import entities_of
from bert_keras.tagging.scheme import TagScheme
from bert_keras.text import MOST_ROWS, Windows, passes_by_length


class TaggedTokens(NamedTuple):
    """The most probable tag of each token of all texts, from the window with the most context around it.

    Attributes:
        tags: The index of the tag, `[tokens]` int32.
        scores: Its probability, `[tokens]` float32.
    """

    tags: np.ndarray
    scores: np.ndarray


def tag_texts(tagger: Any, texts: Sequence[str], token_budget: int) -> Iterator[tuple[Entity, ...]]:
    """Finds the entities of texts.

    Args:
        tagger: A `TokenClassifier` with a preprocessor.
        texts: The texts.
        token_budget: The maximum number of tokens per batch, padding included.

    Returns:
        The entities of each text, in order.
    """
    worded = tagger.preprocessor.worded(texts)
    rows = TokenRows.of(tagger.preprocessor.pack(worded.tokens, worded.windows))
    run = tagger.logits.prepared(rows.lengths, token_budget)
    windows = Windows(*(values.numpy() for values in worded.windows))
    found = tagged_tokens(rows.lengths, windows, lambda places: run(rows.inputs(places)).numpy(), token_budget)
    firsts = worded.firsts.numpy()
    of, starts, ends = (values.numpy() for values in (worded.texts, worded.starts, worded.ends))
    return entities_in(texts, TaggedTokens(found.tags[firsts], found.scores[firsts]), of, starts, ends, tagger.scheme)


def entities_in(
    texts: Sequence[str],
    words: TaggedTokens,
    of: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    scheme: TagScheme,
) -> Iterator[tuple[Entity, ...]]:
    """Converts tags of words to entities.

    Args:
        texts: The texts.
        words: The tags and scores of all words.
        of: The index of each word's text, `[words]`.
        starts: The index of each word's first code point, `[words]`.
        ends: The index after its last code point, `[words]`.
        scheme: The meaning of the tags.

    Returns:
        The entities of each text, in order.
    """
    found = entities_of(tf.constant(words.tags), tf.constant(words.scores), tf.constant(of), scheme)
    firsts, lasts, types, scores = (values.numpy() for values in found)
    labels = [scheme.types[place] for place in types.tolist()]
    return entities_by_text(texts, of[firsts], labels, starts[firsts], ends[lasts], scores)


def tagged_tokens(
    lengths: np.ndarray, windows: Windows, run: Callable[[np.ndarray], np.ndarray], token_budget: int
) -> TaggedTokens:
    """Runs windows in batches of similar length, and takes each token's tag from its best window.

    Args:
        lengths: The number of tokens in each window's row, `[windows]`.
        windows: The windows, as NumPy arrays, in the order of the texts.
        run: A function from window indices to logits, `[rows, tokens, tags]`.
        token_budget: The maximum number of tokens per batch, padding included.

    Returns:
        The tags of the tokens of all texts.
    """
    best = best_windows(windows.documents, windows.begins, windows.lengths)
    sizes = np.zeros(windows.documents.max(initial=-1) + 1, np.int64)
    np.maximum.at(sizes, windows.documents, windows.begins + windows.lengths)
    begins = (np.cumsum(sizes) - sizes)[windows.documents] + windows.begins
    found = TaggedTokens(np.zeros(sizes.sum(), np.int32), np.zeros(sizes.sum(), np.float32))

    def decide(rows: np.ndarray) -> None:
        logits = run(rows)
        row, offset = np.nonzero(best[rows])
        chosen = logits[row, windows.places[rows][row] + offset].astype(np.float32)
        highest = chosen.max(axis=1, keepdims=True)
        places = begins[rows][row] + offset  # which no other batch writes
        found.tags[places] = chosen.argmax(axis=1)
        found.scores[places] = 1 / np.exp(chosen - highest).sum(axis=1)

    for _ in made_ahead(decide, passes_by_length(lengths, token_budget, MOST_ROWS), lanes()):
        pass
    return found
