"""A search by words: BM25 (Robertson and Zaragoza 2009) over paragraphs."""

from typing import NamedTuple

import bm25s
import numpy as np

K1, B = 0.9, 0.4
"""How soon a word that is repeated counts no more, and how much long paragraphs count less; the values of Anserini."""
_METHOD = "lucene"


class WordArrays(NamedTuple):
    """What a search by words needs, as arrays that can be memory-mapped.

    Attributes:
        vocabulary: The words in ascending order, `[words]` uint64.
        scores: What each word adds to the score of each paragraph that it is in, by word, `[entries]` float32.
        paragraphs: The paragraph of each entry, `[entries]` int32.
        firsts: The index of each word's first entry, and the number of entries at the end, `[words + 1]`.
    """

    vocabulary: np.ndarray
    scores: np.ndarray
    paragraphs: np.ndarray
    firsts: np.ndarray


def index_words(words: np.ndarray, counts: np.ndarray) -> WordArrays:
    """Indexes the words of paragraphs.

    Args:
        words: The words of all paragraphs in order, `[words]` uint64.
        counts: The number of words of each paragraph, `[paragraphs]`.

    Returns:
        The arrays.
    """
    vocabulary, numbers = np.unique(words, return_inverse=True)
    if not len(vocabulary):
        return WordArrays(vocabulary, np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64))
    rows = [row.tolist() for row in np.split(numbers, np.cumsum(counts)[:-1])]
    made = _scorer().build_index_from_ids(list(range(len(vocabulary))), rows, show_progress=False)
    return WordArrays(vocabulary, made["data"], made["indices"], made["indptr"])


def word_scores(arrays: WordArrays, words: np.ndarray, paragraphs: int) -> np.ndarray:
    """Scores paragraphs by the words of a question.

    Args:
        arrays: The index.
        words: The words of the question, `[words]` uint64.
        paragraphs: The number of paragraphs.

    Returns:
        The score of each paragraph, `[paragraphs]` float32; 0 for those that have none of the words.
    """
    places = np.searchsorted(arrays.vocabulary, words)
    places = np.minimum(places, max(len(arrays.vocabulary) - 1, 0))
    known = places[arrays.vocabulary[places] == words] if len(arrays.vocabulary) else places[:0]
    if not len(known):
        return np.zeros(paragraphs, np.float32)
    scorer = _scorer()
    scorer.scores = {
        "data": arrays.scores,
        "indices": arrays.paragraphs,
        "indptr": arrays.firsts,
        "num_docs": paragraphs,
    }
    return scorer.get_scores_from_ids(known.tolist())


def _scorer() -> bm25s.BM25:
    scorer = bm25s.BM25(k1=K1, b=B, method=_METHOD, csc_backend="scipy")
    scorer.nonoccurrence_array = None  # which only other methods have
    return scorer
