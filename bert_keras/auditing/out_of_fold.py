"""Probabilities for each row by models that were not fitted to it: k-fold cross-validation."""

from collections.abc import Callable

import numpy as np

from bert_keras.errors import InputError

FOLDS = 5
Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A function from the row indices to learn from, and those to predict, to probabilities `[predicted rows, labels]`."""


def out_of_fold(labels: np.ndarray, count: int, groups: np.ndarray, fit: Fit, folds: int = FOLDS) -> np.ndarray:
    """Computes the probabilities of all labels for each row by a model that has seen neither the row nor a copy of it.

    Args:
        labels: The index of each row's label, `[rows]`.
        count: The number of labels.
        groups: A number for each row, equal for rows that must not be divided between learning and predicting, such as
            rows of the same text, `[rows]`.
        fit: A function that fits a model to some rows, and predicts others.
        folds: The number of parts that the rows are divided into, each of which is predicted once.

    Returns:
        The probabilities, `[rows, labels]` float32.

    Raises:
        InputError: There are fewer rows of different texts than folds, or fewer than two folds.
    """
    distinct = len(np.unique(groups))
    if not 2 <= folds <= distinct:
        raise InputError(f"folds must be from 2 to the number of different texts, {distinct:,}. Received: {folds}")
    found = np.zeros([len(labels), count], np.float32)
    for learned, predicted in _parts(labels, groups, folds):
        found[predicted] = fit(learned, predicted)
    return found


def _parts(labels: np.ndarray, groups: np.ndarray, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the rows to learn from and those to predict of each fold, the labels evenly spread over the folds."""
    order = np.random.default_rng(0).permutation(len(labels))
    _, first, of = np.unique(groups[order], return_index=True, return_inverse=True)
    # Round robin over the texts of each label in a random order: exact, reproducible, and the same for any scale.
    of_label = labels[order][first]
    within = np.empty(len(first), np.int64)
    by_label = np.lexsort((first, of_label))
    within[by_label] = np.arange(len(first))
    fold = np.empty(len(labels), np.int64)
    fold[order] = within[of] % folds
    everything = np.arange(len(labels))
    return [(everything[fold != part], everything[fold == part]) for part in range(folds)]
