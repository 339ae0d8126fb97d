"""Precision against recall over all thresholds."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import metrics


@dataclass(frozen=True)
class PrecisionRecall:
    """A curve, from the threshold that takes every row to the one that takes none.

    Attributes:
        precision: Share of the rows taken that are true, `[points]`.
        recall: Share of the true rows that are taken, `[points]`.
        average_precision: The mean precision over the steps of recall.
    """

    precision: np.ndarray
    recall: np.ndarray
    average_precision: float


def precision_recall(true: np.ndarray, probabilities: np.ndarray) -> PrecisionRecall:
    """Draws the curve of one yes-or-no question.

    Args:
        true: The truth of each row, `[rows]` bool.
        probabilities: That it is true, `[rows]`.

    Returns:
        The curve; without a true row precision and average are 0.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No positive class found", UserWarning)
        precision, recall, _ = metrics.precision_recall_curve(true, probabilities, drop_intermediate=True)
    average = float(-np.sum(np.diff(recall) * precision[:-1])) if np.any(true) else 0.0
    return PrecisionRecall(precision, recall, average)


def precision_recall_by_label(
    targets: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]
) -> dict[str, PrecisionRecall]:
    """Draws a curve for each label, itself against the others.

    Args:
        targets: Index of the true label of each row, `[rows]`; or 0 or 1, `[rows, labels]`.
        probabilities: Predicted, `[rows, labels]`.
        labels: Names of the labels.

    Returns:
        Curves by label name, of the labels that a row has.
    """
    true = label_table(targets, len(labels))
    places = [place for place in range(len(labels)) if true[:, place].any()]
    return {labels[place]: precision_recall(true[:, place], probabilities[:, place]) for place in places}


def label_table(targets: np.ndarray, labels: int) -> np.ndarray:
    """Says of each row and label whether the row has the label.

    Args:
        targets: Index of the true label of each row, `[rows]`; or 0 or 1, `[rows, labels]`.
        labels: How many there are.

    Returns:
        `[rows, labels]` bool.
    """
    targets = np.asarray(targets)
    return targets[:, np.newaxis] == np.arange(labels) if targets.ndim == 1 else targets > 0
