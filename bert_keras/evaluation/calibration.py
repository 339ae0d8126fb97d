"""Calibration of predicted probabilities: reliability diagram and expected calibration error."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram (Guo et al. 2017, figure 1) and the expected calibration error.

    Attributes:
        edges: The bounds of the confidence bins, `[bins + 1]`; a bin includes its upper bound, not its lower one.
        counts: The number of predictions in each bin, `[bins]`.
        confidence: The mean confidence in each bin, `[bins]`; 0 for an empty bin.
        accuracy: The share of correct predictions in each bin, `[bins]`; 0 for an empty bin.
        error: The expected calibration error (equation 3): the mean of |accuracy - confidence|, weighted by counts.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def reliability(targets: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> Reliability:
    """Compares confidence with accuracy in bins of equal width.

    Args:
        targets: The index of the true label of each row, `[rows]`; the confidence is then the probability of the
            predicted label. Or 0 or 1 for each label, `[rows, labels]`; each label of each row is then a prediction
            by itself, and its probability is the confidence.
        probabilities: The predicted probabilities, `[rows, labels]`.
        bins: The number of bins; the paper uses 15.

    Returns:
        The reliability diagram and its error.
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
