"""Whether probabilities mean what they say."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram (Guo et al. 2017, figure 1) and its one number.

    Attributes:
        edges: Bounds of the bins of confidence, `[bins + 1]`; a bin holds its upper bound, not its lower one.
        counts: Predictions in each bin, `[bins]`.
        confidence: Their mean confidence, 0 in an empty bin, `[bins]`.
        accuracy: The share of them that is right, 0 in an empty bin, `[bins]`.
        error: The expected calibration error (equation 3): the mean distance of the two, weighted by counts.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def reliability(targets: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> Reliability:
    """Compares confidence with accuracy in bins of equal width.

    Args:
        targets: Index of the true label of each row, `[rows]`: the confidence is the probability of the predicted
            label. Or 0 or 1, `[rows, labels]`: each label of each row counts by itself, with the probability that it is
            there.
        probabilities: Predicted, `[rows, labels]`.
        bins: Number of bins; 15 are the paper's.

    Returns:
        The bins, and the error.
    """
    targets, probabilities = np.asarray(targets), np.asarray(probabilities, np.float64)
    if targets.ndim == 1:
        confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    else:
        confidence, right = probabilities.ravel(), targets.ravel() > 0
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    some = np.maximum(counts, 1)
    mean_confidence = np.bincount(place, confidence, bins) / some
    accuracy = np.bincount(place, right, bins) / some
    error = float(counts @ np.abs(accuracy - mean_confidence) / max(1, counts.sum()))
    return Reliability(edges, counts, mean_confidence, accuracy, error)
