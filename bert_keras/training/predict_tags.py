"""Runs a token classifier over texts with known entities, and scores what it finds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.data import WindowedTexts
from bert_keras.models import TokenClassifier
from bert_keras.models.tag_stream import tagged_tokens
from bert_keras.tagging import WordSpan, entity_scores


@dataclass(frozen=True)
class FoundTags:
    """The tags of all words of a split; all `[words]`.

    Attributes:
        tags: The index of each word's most probable tag.
        scores: Its probability.
        losses: The cross entropy of the right tag; 0 for a word without one.
    """

    tags: np.ndarray
    scores: np.ndarray
    losses: np.ndarray

    def entities(self, windowed: WindowedTexts) -> list[tuple[WordSpan, ...]]:
        """Returns the entities of each text that the tags say."""
        edges, tags, scheme = windowed.word_edges().tolist(), self.tags.tolist(), windowed.scheme
        return [
            tuple(WordSpan(first, last, scheme.types[of]) for first, last, of in scheme.spans(tags[begin:end]))
            for begin, end in zip(edges, edges[1:], strict=False)
        ]


def predict_tags(
    tagger: TokenClassifier,
    windowed: WindowedTexts,
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
) -> FoundTags:
    """Runs a token classifier over windows, in batches of similar length.

    Args:
        tagger: The model.
        windowed: The texts and their windows.
        token_budget: The maximum number of tokens per batch, padding included.
        on_rows: A function that receives the number of windows of each batch when it is done, e.g. to advance a
            progress bar. It is never called by two threads at once.

    Returns:
        The tags.
    """
    forward = tagger.logits.prepared(windowed.rows.lengths, token_budget, must_repeat=True)
    windows, telling = windowed.windows, threading.Lock()
    sizes = np.zeros(len(windowed), np.int64)
    np.maximum.at(sizes, windows.documents, windows.begins + windows.lengths)
    losses, begins = np.zeros(sizes.sum(), np.float32), (np.cumsum(sizes) - sizes)[windows.documents] + windows.begins

    def run(rows: np.ndarray) -> np.ndarray:
        inputs, targets = windowed.rows.batch(rows)
        logits: np.ndarray = forward(inputs).numpy()
        row, column = np.nonzero(targets >= 0)
        chosen = logits[row, column].astype(np.float64)
        highest = chosen.max(axis=1)
        totals = np.log(np.exp(chosen - highest[:, np.newaxis]).sum(axis=1)) + highest
        places = begins[rows][row] + column - windows.places[rows][row]
        losses[places] = totals - chosen[np.arange(len(chosen)), targets[row, column]]
        with telling:  # batches run in several threads
            on_rows(len(rows))
        return logits

    found = tagged_tokens(windowed.rows.lengths, windows, run, token_budget)
    firsts = windowed.words.firsts
    return FoundTags(found.tags[firsts], found.scores[firsts], losses[firsts])


def tag_scores(windowed: WindowedTexts, found: FoundTags) -> dict[str, Any]:
    """Scores the entities of a split.

    Args:
        windowed: The texts.
        found: The result of `predict_tags`.

    Returns:
        What `tagging.entity_scores` returns; `word_accuracy`, the share of words with the right tag; and `loss`, the
        mean over words.
    """
    known = windowed.tags >= 0
    right = found.tags[known] == windowed.tags[known]
    return entity_scores(windowed.gold, found.entities(windowed)) | {
        "word_accuracy": float(right.mean()) if len(right) else 0.0,
        "loss": float(found.losses[known].mean(dtype=np.float64)) if len(right) else 0.0,
    }
