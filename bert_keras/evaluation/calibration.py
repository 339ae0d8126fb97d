"""Calibration of predicted probabilities: reliability diagram and expected calibration error."""

from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation.row_blocks import row_blocks


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
    targets, probabilities = np.asarray(targets), np.asarray(probabilities)
    edges = np.linspace(0, 1, bins + 1)
    counts, sums, hits = np.zeros(bins, np.int64), np.zeros(bins), np.zeros(bins)
    for rows in row_blocks(*probabilities.shape):
        confidence, right = _predictions(targets[rows], probabilities[rows])
        place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
        counts += np.bincount(place, minlength=bins)
        sums += np.bincount(place, confidence, bins)
        hits += np.bincount(place, right, bins)
    some = np.maximum(counts, 1)
    mean_confidence, accuracy = sums / some, hits / some
    error = float(counts @ np.abs(accuracy - mean_confidence) / max(1, counts.sum()))
    return Reliability(edges, counts, mean_confidence, accuracy, error)


def _predictions(targets: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the confidence of each prediction, float64, and whether it is right."""
    if targets.ndim == 1:
        return probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == targets
    return probabilities.ravel().astype(np.float64), targets.ravel() > 0
