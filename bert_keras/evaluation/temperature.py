"""The temperature of a single-label classifier, fitted by its log loss (Guo et al. 2017, section 4.2)."""

import math

import numpy as np
from scipy.optimize import minimize_scalar

from bert_keras.classification.answers import outputs_of
from bert_keras.evaluation.row_blocks import row_blocks

_LEAST, _MOST = 0.02, 50.0
_EXACT = 1e-4  # of the logarithm of the temperature


def fit_temperature(targets: np.ndarray, logits: np.ndarray, smoothing: float = 0.0) -> float:
    """Finds the temperature with the lowest mean log loss, from 0.02 to 50.

    Args:
        targets: The index of the true label of each row, `[rows]`.
        logits: The logits, `[rows, labels]`.
        smoothing: The share of the target that all labels have in equal parts.

    Returns:
        The temperature. Without smoothing rows that are all right have no lowest loss, and give the lowest temperature.
    """

    def loss(power: float) -> float:
        return _loss(targets, logits, math.exp(power), smoothing)

    bounds = math.log(_LEAST), math.log(_MOST)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": _EXACT})
    return float(math.exp(found.x))


def with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Returns the probabilities `[rows, labels]` float32 of logits that are divided by a temperature."""
    probabilities = np.empty(logits.shape, np.float32)
    for rows in row_blocks(*logits.shape):
        probabilities[rows] = outputs_of(logits[rows], "single_label", temperature)
    return probabilities


def _loss(targets: np.ndarray, logits: np.ndarray, temperature: float, smoothing: float) -> float:
    total = 0.0
    for rows in row_blocks(*logits.shape):
        scaled = np.asarray(logits[rows], np.float64) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        given = (1 - smoothing) * scaled[np.arange(len(scaled)), targets[rows]] + smoothing * scaled.mean(axis=1)
        total += float((np.log(np.exp(scaled).sum(axis=1)) - given).sum())
    return total / len(targets)
