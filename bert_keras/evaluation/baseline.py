"""What a constant answer scores: a model that is not better has learned nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Baseline:
    """The scores of a constant answer, which knows the training split but not the texts.

    Attributes:
        prediction: The answer in words, e.g. `always 'positive'`.
        metrics: Its metrics by name.
    """

    prediction: str
    metrics: dict[str, float]


def majority_baseline(counts: np.ndarray, targets: np.ndarray, labels: Sequence[str]) -> Baseline:
    """Scores the answer that always is the most frequent label of the training split.

    Args:
        counts: The rows of each label in the training split, `[labels]`.
        targets: The index of the true label of each evaluated row, `[rows]`.
        labels: The label names.

    Returns:
        The baseline, with `accuracy`, `macro_f1` and `matthews_correlation`, which is 0.
    """
    place = int(np.argmax(counts))
    right = int((targets == place).sum())
    seen = len(np.union1d(targets, [place]))
    f1 = 2 * right / (len(targets) + right)
    scores = {"accuracy": right / len(targets), "macro_f1": f1 / seen, "matthews_correlation": 0.0}
    return Baseline(f"always {labels[place]!r:.60}", scores)


def label_set_baseline(counts: np.ndarray, rows: int, usual: np.ndarray, targets: np.ndarray) -> Baseline:
    """Scores the sets of labels that are the best constant answer by each metric on the training split.

    These are for `micro_f1` as many of the most frequent labels as make it highest, for `macro_f1` all labels that
    occur, and for `subset_accuracy` the most frequent set.

    Args:
        counts: The rows of each label in the training split, `[labels]`.
        rows: The number of rows of the training split.
        usual: Whether each label is in the most frequent set of labels of the training split, `[labels]` bool.
        targets: 0 or 1 for each label of the evaluated rows, `[rows, labels]`.

    Returns:
        The baseline, with these three metrics.
    """
    order = np.argsort(-counts, kind="stable")
    hits = np.cumsum(counts[order])
    of_most = 2 * hits / np.maximum(rows * np.arange(1, len(order) + 1) + counts.sum(), 1)
    most = order[: int(np.argmax(of_most)) + 1]
    true = np.asarray(targets) > 0
    of_label, size = true.sum(axis=0), len(true)
    micro = 2 * of_label[most].sum() / max(1, size * len(most) + of_label.sum())
    always = counts > 0
    f1 = np.where(always, 2 * of_label / np.maximum(of_label + size, 1), 0.0)
    macro = f1.sum() / max(1, (always | (of_label > 0)).sum())
    subset = (true == np.asarray(usual, bool)).all(axis=1).mean()
    metrics = {"micro_f1": float(micro), "macro_f1": float(macro), "subset_accuracy": float(subset)}
    return Baseline("always the same labels, the best for each score", metrics)


def mean_baseline(mean: float, targets: np.ndarray) -> Baseline:
    """Scores the answer that always is the mean of the training split.

    Args:
        mean: The mean of the training targets.
        targets: The true numbers of the evaluated rows, `[rows]`.

    Returns:
        The baseline, with `mae`, `rmse` and `pearson`, which is 0.
    """
    errors = np.asarray(targets, np.float64) - mean
    metrics = {"mae": float(np.abs(errors).mean()), "rmse": float(np.sqrt(np.square(errors).mean())), "pearson": 0.0}
    return Baseline(f"predicting the mean, {mean:,.6g}", metrics)
