"""Judges of labels that learn fast: logistic regressions on frozen vectors and on words, and a vote of neighbours.

Their mistakes differ, so that the geometric mean of their probabilities is better than each of them.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from bert_keras.auditing.neighbours import Neighbours
from bert_keras.auditing.out_of_fold import Fit
from bert_keras.data import Encoded

_SPREAD = 4.0  # the variance of a logit that a ridge expects of standardised vectors, whatever their size
_OF_WORDS = 10.0
_MOST_ITERATIONS, _TOLERANCE = 300, 1e-3
_FEWEST_ROWS = 2  # that a word or a pair of words must be in
_SHARPNESS = 8  # the power of the cosine that weighs a neighbour's vote
_DOUBT_OF_VOTE = 1e-2  # votes, spread evenly over the labels
_LEAST = 1e-6


def judge_vectors(vectors: np.ndarray, labels: np.ndarray, count: int) -> Fit:
    """Returns a fit of logistic regressions on frozen vectors, standardised.

    Args:
        vectors: The vector of each row, `[rows, size]`.
        labels: The index of each row's label.
        count: The number of labels.

    Returns:
        The function. A label that none of the rows to learn from has gets probability 0.
    """

    def fit(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        mean, deviation = vectors[learned].mean(axis=0), vectors[learned].std(axis=0) + 1e-6
        model = LogisticRegression(C=_SPREAD / vectors.shape[1], max_iter=_MOST_ITERATIONS, tol=_TOLERANCE)
        first, second = ((vectors[rows] - mean) / deviation for rows in (learned, predicted))
        return fitted(model, first, labels[learned], second, count)

    return fit


def judge_words(rows: Encoded, labels: np.ndarray, count: int) -> Fit:
    """Returns a fit of logistic regressions on which tokens and pairs of adjacent tokens a row has, rare ones heavier.

    Args:
        rows: The rows.
        labels: The index of each row's label.
        count: The number of labels.

    Returns:
        The function; see `judge_vectors`.
    """
    features = word_features(rows)

    def fit(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        model = LogisticRegression(C=_OF_WORDS, solver="liblinear", tol=_TOLERANCE)
        several = OneVsRestClassifier(model) if len(np.unique(labels[learned])) > 2 else model
        return fitted(several, features[learned], labels[learned], features[predicted], count)

    return fit


def judge_by_neighbours(neighbours: Neighbours, hashes: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Returns the share of the nearest rows' votes for each label; copies of the row itself have none.

    Args:
        neighbours: The nearest rows of each row.
        hashes: The hash of each row's texts.
        labels: The index of each row's label.
        count: The number of labels.

    Returns:
        The probabilities, `[rows, labels]` float32.
    """
    votes = np.maximum(0, 1 - neighbours.distances) ** _SHARPNESS
    votes[hashes[neighbours.rows] == hashes[:, np.newaxis]] = 0
    found = np.full([len(labels), count], _DOUBT_OF_VOTE / count, np.float32)
    for place in range(votes.shape[1]):
        found[np.arange(len(labels)), labels[neighbours.rows[:, place]]] += votes[:, place]
    return found / found.sum(axis=1, keepdims=True)


def geometric_mean(probabilities: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the geometric mean of several judges' probabilities, `[rows, labels]` float32."""
    logs = sum(np.log(np.maximum(each, _LEAST)) for each in probabilities) / len(probabilities)
    found = np.exp(logs)
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float32)


def word_features(rows: Encoded) -> sparse.csr_array:
    """Returns which tokens and pairs of adjacent tokens each row has, weighted by rarity, rows of length 1."""
    lengths = rows.lengths.astype(np.int64)
    of = np.repeat(np.arange(len(rows)), lengths)
    places = np.repeat(rows.begins.astype(np.int64), lengths) + np.arange(len(of))
    places -= np.repeat(np.cumsum(lengths) - lengths, lengths)
    tokens = rows.token_ids[places].astype(np.int64)
    adjacent = np.flatnonzero(of[1:] == of[:-1])
    pairs = 2**32 + tokens[adjacent] * 2**24 + tokens[adjacent + 1]
    keys, columns = np.unique(np.concatenate([tokens, pairs]), return_inverse=True)
    where = (np.concatenate([of, of[adjacent]]), columns)
    there = sparse.csr_array((np.ones(len(columns), np.float32), where), shape=(len(rows), len(keys)))
    there.sum_duplicates()
    there.data[:] = 1
    in_rows = np.asarray(there.sum(axis=0)).ravel()
    kept = np.flatnonzero((in_rows >= _FEWEST_ROWS) & (in_rows < len(rows)))
    weighted = there[:, kept].multiply(1 + np.log((1 + len(rows)) / (1 + in_rows[kept]))).tocsr()
    sizes = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scaled = weighted.multiply(1 / np.maximum(sizes, _LEAST)[:, np.newaxis]).tocsr()
    # scikit-learn takes indices of 32 bits alone.
    narrow = (scaled.data, scaled.indices.astype(np.int32), scaled.indptr.astype(np.int32))
    return sparse.csr_array(narrow, shape=scaled.shape)


def fitted(model: Any, features: Any, labels: np.ndarray, others: Any, count: int) -> np.ndarray:
    """Fits a classifier of scikit-learn to rows, and predicts others.

    Args:
        model: The classifier.
        features: The features of the rows to learn from.
        labels: The index of each one's label.
        others: The features of the rows to predict.
        count: The number of labels.

    Returns:
        The probabilities of all labels, `[others, labels]` float32. A label that no row to learn from has gets 0.
    """
    known = np.unique(labels)
    found = np.zeros([others.shape[0], count], np.float32)
    if len(known) == 1 or not features.shape[1]:  # nothing to tell rows apart by
        found[:, known] = np.unique(labels, return_counts=True)[1] / len(labels)
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a few steps more hardly change a probability
        warnings.filterwarnings("ignore", "The number of unique classes is greater", UserWarning)  # one row each
        model.fit(features, labels)
    found[:, known] = model.predict_proba(others)
    return found
