"""Confident learning: how many rows of each label truly have another, and which (Northcutt, Jiang and Chuang 2021).

The paper's threshold of a label is the mean probability that its own rows get for it (section 3.1). A row counts as
truly of the label that is most probable among those whose thresholds it reaches; the counts of given against true
labels, scaled to the rows of each given label, are the confident joint. Rows are then pruned by noise rate (section
3.2): of each pair of labels as many as the joint says, those with the largest margin first.
"""

from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError

_AT_A_TIME = 2**24  # numbers


@dataclass(frozen=True)
class LabelDoubts:
    """What confident learning says about the label of each row.

    Attributes:
        doubt: The probability that the label is another one, as the model sees it, `[rows]`.
        suggested: The index of the most probable label, `[rows]`; the row's own where nothing speaks against it.
        in_error: Whether the label counts as an error, `[rows]` bool.
        joint: The estimated number of rows by given label and true label, `[labels, labels]`.
        thresholds: The mean probability of each label in its own rows, `[labels]`; NaN of a label without rows.
    """

    doubt: np.ndarray
    suggested: np.ndarray
    in_error: np.ndarray
    joint: np.ndarray
    thresholds: np.ndarray

    @property
    def doubted_share(self) -> float:
        """The share of the rows off the joint's diagonal: wrong labels, and where the model itself is surely wrong."""
        return float(1 - np.trace(self.joint) / self.joint.sum())


def doubt_labels(labels: np.ndarray, probabilities: np.ndarray) -> LabelDoubts:
    """Finds labels that are probably wrong.

    Args:
        labels: The index of each row's given label, `[rows]`.
        probabilities: The probabilities of all labels by models that were not fitted to the row, `[rows, labels]`.

    Returns:
        The doubt about each label.

    Raises:
        InputError: The numbers of rows differ, there are none, or a label has no column.
    """
    rows, count = probabilities.shape
    if not rows or len(labels) != rows or not 0 <= labels.min() <= labels.max() < count:
        raise InputError(
            "each row needs a label and the probability of every label. "
            f"Received: {len(labels):,} labels, probabilities of shape {probabilities.shape}"
        )
    own = probabilities[np.arange(rows), labels]
    sizes = np.bincount(labels, minlength=count)
    with np.errstate(invalid="ignore"):
        thresholds = np.bincount(labels, weights=own, minlength=count) / sizes
    joint = _joint(labels, probabilities, thresholds, sizes)
    suggested = probabilities.argmax(axis=1)
    in_error = _pruned(labels, probabilities, joint) & (suggested != labels)
    return LabelDoubts(1 - own, suggested, in_error, joint, thresholds)


def _joint(labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns the confident joint as numbers of rows, scaled to the rows of each given label."""
    count = len(sizes)
    found = np.zeros([count, count], np.int64)
    reach = np.where(np.isnan(thresholds), np.inf, thresholds) - 1e-9  # that rounding does not part equal rows
    step = max(1, _AT_A_TIME // count)
    for begin in range(0, len(labels), step):
        some = probabilities[begin : begin + step]
        confident = np.where(some >= reach, some, -1.0)
        true = confident.argmax(axis=1)
        sure = confident.max(axis=1) >= 0
        np.add.at(found, (labels[begin : begin + step][sure], true[sure]), 1)
    # A label none of whose rows reaches a threshold is taken for right.
    np.fill_diagonal(found, np.where((found.sum(axis=1) == 0) & (sizes > 0), 1, found.diagonal()))
    return found * (sizes / np.maximum(found.sum(axis=1), 1))[:, np.newaxis]


def _pruned(labels: np.ndarray, probabilities: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """Returns which rows to prune by noise rate, `[rows]` bool."""
    pruned = np.zeros(len(labels), bool)
    for given in range(len(joint)):
        rows = np.flatnonzero(labels == given)
        own = probabilities[rows, given]
        for true in np.flatnonzero(joint[given]):
            most = min(round(joint[given, true]), len(rows)) if true != given else 0
            if most:
                margin = probabilities[rows, true] - own
                pruned[rows[np.argsort(-margin, kind="stable")[:most]]] = True
    return pruned
