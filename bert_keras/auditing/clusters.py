"""Groups of rows whose vectors are near each other, named by the words that set them apart."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits

from bert_keras.auditing.slices import Part
from bert_keras.insight.nearest import unit_vectors

_ROWS_EACH = 50  # on average, where the number of clusters is not given
_MOST = 20
_WORDS = 4
_WORD = r"(?u)\b\w[\w'’-]+\b"
_AS_IF_SEEN = 0.5  # of each word in each half, so that a word of one row tells little


def cluster_parts(by: str, vectors: np.ndarray, texts: Sequence[str], clusters: int = 0) -> list[Part]:
    """Divides rows by k-means of their directions from the mean (Lloyd 1982).

    Args:
        by: What the parts are said to be divided by.
        vectors: The vector of each row, `[rows, size]`.
        texts: The texts.
        clusters: The number of clusters; 0 means one for 50 rows, from 2 to 20. No more than there are different rows.

    Returns:
        A part for each cluster, the largest first; its value has the words that most set its rows apart from the
        others, by the log-odds of a row to have them.
    """
    wanted = clusters or min(_MOST, max(2, round(len(texts) / _ROWS_EACH)))
    unit = unit_vectors(vectors, vectors.mean(axis=0))
    wanted = min(wanted, len(np.unique(unit.round(6), axis=0)))
    # One thread: on a busy machine, threads that wait for each other take up to a hundred times as long.
    with threadpool_limits(1):
        of = KMeans(wanted, n_init=4, random_state=0).fit_predict(unit)
    names = _keywords(texts, of, wanted)
    largest = np.argsort(-np.bincount(of, minlength=wanted), kind="stable").tolist()
    return [Part(by, f"{place + 1}: {names[cluster]}", of == cluster) for place, cluster in enumerate(largest)]


def _keywords(texts: Sequence[str], of: np.ndarray, clusters: int) -> list[str]:
    """Returns the words that set the rows of each cluster apart."""
    try:
        counter = CountVectorizer(token_pattern=_WORD, binary=True)
        has = counter.fit_transform(texts)
    except ValueError:  # there are no words
        return ["(no words)"] * clusters
    words, total = counter.get_feature_names_out(), np.asarray(has.sum(axis=0)).ravel()
    names = []
    for cluster in range(clusters):
        rows = int((of == cluster).sum())
        inside = np.asarray(has[of == cluster].sum(axis=0)).ravel()
        odds = _odds(inside, rows) - _odds(total - inside, len(of) - rows)
        best = [place for place in np.argsort(-odds * np.sqrt(inside), kind="stable")[:_WORDS] if inside[place] > 0]
        names.append(", ".join(words[place] for place in best if odds[place] > 0) or "(no words of its own)")
    return names


def _odds(counts: np.ndarray, rows: int) -> np.ndarray:
    """Returns the log-odds of a row to have each word."""
    odds: np.ndarray = np.log((counts + _AS_IF_SEEN) / (rows - counts + _AS_IF_SEEN))
    return odds
