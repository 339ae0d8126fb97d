"""Precision-recall curves."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import metrics


@dataclass(frozen=True)
class PrecisionRecall:
    """A precision-recall curve, from the threshold that selects every row to the one that selects none.

    Attributes:
        precision: The share of selected rows that are positive, `[points]`.
        recall: The share of positive rows that are selected, `[points]`.
        average_precision: The mean precision, weighted by the steps in recall.
    """

    precision: np.ndarray
    recall: np.ndarray
    average_precision: float


def precision_recall(true: np.ndarray, probabilities: np.ndarray) -> PrecisionRecall:
    """Computes the curve of a binary classification.

    Args:
        true: Whether each row is positive, `[rows]` bool.
        probabilities: The predicted probability that each row is positive, `[rows]`.

    Returns:
        The curve. Without positive rows the average precision and the precision at every threshold are 0.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No positive class found", UserWarning)
        precision, recall, _ = metrics.precision_recall_curve(true, probabilities, drop_intermediate=True)
    average = float(-np.sum(np.diff(recall) * precision[:-1])) if np.any(true) else 0.0
    return PrecisionRecall(precision, recall, average)


def precision_recall_by_label(
    targets: np.ndarray, probabilities: np.ndarray, labels: Sequence[str], some: Sequence[int] | None = None
) -> dict[str, PrecisionRecall]:
    """Computes the curve of each label, one against the rest.

    Args:
        targets: The index of the true label of each row, `[rows]`; or 0 or 1 for each label, `[rows, labels]`.
        probabilities: The predicted probabilities, `[rows, labels]`.
        labels: The label names.
        some: The indices of the labels whose curves are wanted; `None` means all.

    Returns:
        The curves by label name, without those of labels that no row has.
    """
    targets = np.asarray(targets)
    curves = {}
    for place in range(len(labels)) if some is None else some:
        true = targets == place if targets.ndim == 1 else targets[:, place] > 0
        if true.any():
            curves[labels[place]] = precision_recall(true, probabilities[:, place])
    return curves


def label_table(targets: np.ndarray, labels: int) -> np.ndarray:
    """Converts targets to one column per label.

    Args:
        targets: The index of the true label of each row, `[rows]`; or 0 or 1 for each label, `[rows, labels]`.
        labels: The number of labels.

    Returns:
        Whether each row has each label, `[rows, labels]` bool.
    """
    targets = np.asarray(targets)
    return targets[:, np.newaxis] == np.arange(labels) if targets.ndim == 1 else targets > 0
