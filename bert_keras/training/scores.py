"""How good a classifier's predictions are."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import metrics


def classification_scores(gold: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """Scores predictions against the truth.

    Args:
        gold: Index of the true label of each row, `[rows]`.
        probabilities: Predicted, `[rows, labels]`.
        labels: Names of the labels.

    Returns:
        `accuracy`, `macro_f1`, `matthews_correlation`, `loss` (mean cross entropy in nats); `classes`: precision, recall, f1 and
        rows by label name; `confusion`: counts, true labels down and predicted across. Labels that no row has, predicted or true,
        do not count in the macro average.
    """
    predicted = probabilities.argmax(axis=1)
    everything = np.arange(len(labels))
    precision, recall, f1, rows = metrics.precision_recall_fscore_support(gold, predicted, labels=everything, zero_division=0.0)
    confusion = metrics.confusion_matrix(gold, predicted, labels=everything)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A single label was found", UserWarning)  # 0 is right for it
        matthews = float(metrics.matthews_corrcoef(gold, predicted))
    classes = zip(labels, precision, recall, f1, rows, strict=True)
    return {
        "accuracy": float(metrics.accuracy_score(gold, predicted)),
        "macro_f1": float(metrics.f1_score(gold, predicted, average="macro", zero_division=0.0)),
        "matthews_correlation": matthews,
        "loss": float(-np.log(np.maximum(probabilities[np.arange(len(gold)), gold], 1e-12)).mean()),
        "classes": {name: {"precision": float(p), "recall": float(r), "f1": float(f), "rows": int(n)} for name, p, r, f, n in classes},
        "confusion": confusion.tolist(),
    }
