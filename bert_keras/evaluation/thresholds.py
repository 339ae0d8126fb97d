"""The thresholds of a multi-label classifier's labels, fitted by F1."""

import numpy as np

FEWEST_POSITIVES = 5
"""The number of rows with a label, and of rows without it, from which the label gets a threshold of its own."""
_USUAL = 0.5
_MOST_NUMBERS = 5_000_000  # sorted for the threshold that labels share


def fit_thresholds(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Finds the threshold of each label with the highest F1; rarer labels share the one with the highest micro F1.

    Args:
        targets: 0 or 1 for each label, `[rows, labels]`.
        probabilities: The predicted probabilities, `[rows, labels]`.

    Returns:
        The thresholds, `[labels]` float32, each in the middle between two probabilities.
    """
    true = np.asarray(targets) > 0
    positives = true.sum(axis=0)
    own = np.minimum(positives, len(true) - positives) >= FEWEST_POSITIVES
    # Of very many rows and labels some rows are enough for the one number that the rare labels share.
    some = slice(None, None, max(1, true.size // _MOST_NUMBERS))
    shared = _USUAL if own.all() else best_threshold(true[some].ravel(), probabilities[some].ravel())
    return np.array(
        [
            best_threshold(true[:, label], probabilities[:, label]) if own[label] else shared
            for label in range(true.shape[1])
        ],
        np.float32,
    )


def best_threshold(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Finds the threshold with the highest F1.

    Args:
        true: Whether each row is positive, `[rows]` bool.
        probabilities: The probability of each row, `[rows]`.

    Returns:
        The middle between the last probability that is predicted and the next; of equal F1, the threshold nearest to
        0.5; 0.5 if no row is positive.
    """
    if not true.any():
        return _USUAL
    order = np.argsort(-probabilities, kind="stable")
    ordered = probabilities[order].astype(np.float64)
    hits = np.cumsum(true[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + true.sum())
    ends = np.flatnonzero(np.append(ordered[:-1] > ordered[1:], True))  # rows of one probability go together
    below = np.append(ordered[1:], 0.0)[ends]
    middles = (ordered[ends] + below) / 2
    best = f1[ends] >= f1[ends].max() - 1e-12
    return float(middles[best][np.argmin(np.abs(middles[best] - _USUAL))])
