"""The 95 % interval of each label's F1, by the bootstrap over rows."""

import numpy as np

from bert_keras.evaluation.scores import predicted_labels

_RESAMPLES = 2_000


def f1_intervals(
    targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None = None, seed: int = 0
) -> list[tuple[float, float]]:
    """Computes the interval of the F1 of each label.

    A label's F1 depends on how many rows have it and are given it, only have it, and are only given it; the bootstrap
    draws these three counts from a multinomial distribution.

    Args:
        targets: The index of the true label of each row, `[rows]`; or 0 or 1 for each label, `[rows, labels]`.
        outputs: The predicted probabilities, `[rows, labels]`.
        chosen: The labels that are predicted; see `evaluation.scores`.
        seed: The random seed.

    Returns:
        The low and the high end for each label; both 0 for one that is neither true nor predicted.
    """
    both, true, predicted = _counts(np.asarray(targets), outputs, chosen)
    random, rows = np.random.default_rng(seed), len(outputs)
    found = []
    for hits, of_true, of_predicted in zip(both, true, predicted, strict=True):
        kinds = np.array([hits, of_true - hits, of_predicted - hits])
        if not kinds.any():
            found.append((0.0, 0.0))
            continue
        drawn = random.multinomial(rows, [*kinds / rows, 1 - kinds.sum() / rows], size=_RESAMPLES)
        f1 = 2 * drawn[:, 0] / np.maximum(2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2], 1)
        low, high = np.quantile(f1, [0.025, 0.975])
        found.append((float(low), float(high)))
    return found


def _counts(
    targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the rows of each label that have it and are given it, have it, and are given it, `[labels]`."""
    labels = outputs.shape[1]
    if targets.ndim == 2:
        true, predicted = targets > 0, predicted_labels(outputs, chosen)
        return (true & predicted).sum(axis=0), true.sum(axis=0), predicted.sum(axis=0)
    best = outputs.argmax(axis=1)
    right = targets[targets == best]
    return tuple(np.bincount(of, minlength=labels) for of in (right, targets, best))  # type: ignore[return-value]
