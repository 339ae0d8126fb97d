"""The metrics of predictions for each task."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats
from sklearn import metrics

from bert_keras.evaluation.calibration import reliability
from bert_keras.evaluation.confusion import MOST_LABELS, Confusion
from bert_keras.evaluation.precision_recall import precision_recall
from bert_keras.evaluation.row_losses import row_losses

_MISTAKES = 200
THRESHOLD = 0.5
"""The least probability of a predicted label in multi-label classification."""


def scores(
    task: str, targets: np.ndarray, outputs: np.ndarray, labels: Sequence[str], chosen: np.ndarray | None = None
) -> dict[str, Any]:
    """Computes the metrics of a task.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: For `single_label` the index of the true label of each row, `[rows]`; for `multi_label` 0 or 1 for each
            label, `[rows, labels]`; for `regression` the true values, `[rows]`.
        outputs: The predicted probabilities `[rows, labels]`, or for `regression` the predicted values `[rows]`.
        labels: The label names; empty for `regression`.
        chosen: For `multi_label` which labels are predicted, `[rows, labels]` bool; `None` means those of a probability
            of at least 0.5.

    Returns:
        The metrics by name; see `single_label_scores`, `multi_label_scores` and `regression_scores`.
    """
    if task == "regression":
        return regression_scores(targets, outputs)
    if task == "single_label":
        return single_label_scores(targets, outputs, labels)
    return multi_label_scores(targets, outputs, labels, chosen)


def single_label_scores(targets: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """Computes the metrics of a single-label classifier.

    Args:
        targets: The index of the true label of each row, `[rows]`.
        probabilities: The predicted probabilities, `[rows, labels]`.
        labels: The label names.

    Returns:
        `accuracy`, `macro_f1`, `matthews_correlation`, `loss` (mean cross entropy in nats), `ece` (expected calibration
        error); `classes`: precision, recall, f1 and rows by label name; up to 100 labels `confusion`: the confusion
        matrix with a row for each true label and a column for each predicted one; for more labels `most_confused`: the
        200 most frequent mistakes, each with the names `true` and `predicted` and the number of `rows`. Labels that are
        neither true nor predicted in any row do not count in the macro average.
    """
    predicted = probabilities.argmax(axis=1)
    everything = np.arange(len(labels))
    precision, recall, f1, rows = metrics.precision_recall_fscore_support(
        targets, predicted, labels=everything, zero_division=0.0
    )
    confusion = Confusion.of(targets, predicted, len(labels))
    classes = zip(labels, precision, recall, f1, rows, strict=True)
    return {
        "accuracy": float(metrics.accuracy_score(targets, predicted)),
        "macro_f1": float(metrics.f1_score(targets, predicted, average="macro", zero_division=0.0)),
        "matthews_correlation": _matthews(confusion),
        "loss": float(row_losses("single_label", targets, probabilities).mean()),
        "ece": reliability(targets, probabilities).error,
        "classes": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "rows": int(n)}
            for name, p, r, f, n in classes
        },
        **_told(confusion, labels),
    }


def _matthews(confusion: Confusion) -> float:
    """Computes the Matthews correlation for several labels (Gorodkin 2004); 0 where one side is constant."""
    true, predicted, rows = confusion.of_true().tolist(), confusion.of_predicted().tolist(), confusion.total
    top = confusion.right * rows - sum(one * other for one, other in zip(true, predicted, strict=True))
    spread = (rows**2 - sum(count**2 for count in true)) * (rows**2 - sum(count**2 for count in predicted))
    return top / math.sqrt(spread) if spread else 0.0


def _told(confusion: Confusion, labels: Sequence[str]) -> dict[str, Any]:
    if len(labels) <= MOST_LABELS:
        return {"confusion": confusion.matrix().tolist()}
    mistakes = confusion.mistakes(_MISTAKES)
    return {
        "most_confused": [
            {"true": labels[true], "predicted": labels[best], "rows": rows} for true, best, rows in mistakes
        ]
    }


def multi_label_scores(
    targets: np.ndarray, probabilities: np.ndarray, labels: Sequence[str], chosen: np.ndarray | None = None
) -> dict[str, Any]:
    """Computes the metrics of a multi-label classifier.

    Args:
        targets: 0 or 1 for each label, `[rows, labels]`.
        probabilities: The predicted probabilities, `[rows, labels]`.
        labels: The label names.
        chosen: Which labels are predicted, `[rows, labels]` bool; `None` means those of a probability of at least 0.5.

    Returns:
        `micro_f1`, `macro_f1`, `subset_accuracy` (the share of rows with all labels correct), `mean_average_precision`
        (over the labels that occur in the targets), `loss` (mean binary cross entropy in nats), `ece` (expected
        calibration error); `classes`: precision, recall, f1, average_precision and rows by label name. Labels that are
        neither true nor predicted in any row do not count in the macro average.
    """
    targets, predicted = np.asarray(targets) > 0, predicted_labels(probabilities, chosen)
    # scikit-learn's own would hold all predictions of many labels several times over.
    both, rows, given = (table.sum(axis=0) for table in (targets & predicted, targets, predicted))
    precision, recall = both / np.maximum(given, 1), both / np.maximum(rows, 1)
    f1 = 2 * both / np.maximum(rows + given, 1)
    average = [
        precision_recall(true, of_label).average_precision
        for true, of_label in zip(targets.T, probabilities.T, strict=True)
    ]
    classes = zip(labels, precision, recall, f1, average, rows, strict=True)
    return {
        **f1_scores(targets, predicted),
        "subset_accuracy": float((targets == predicted).all(axis=1).mean()),
        "mean_average_precision": float(np.mean(average, where=rows > 0)) if rows.any() else 0.0,
        "loss": float(row_losses("multi_label", targets, probabilities).mean()),
        "ece": reliability(targets, probabilities).error,
        "classes": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "average_precision": a, "rows": int(n)}
            for name, p, r, f, a, n in classes
        },
    }


def predicted_labels(probabilities: np.ndarray, chosen: np.ndarray | None) -> np.ndarray:
    """Returns the labels that are predicted, `[rows, labels]` bool: the chosen ones, or those of 0.5 or more."""
    return probabilities >= THRESHOLD if chosen is None else chosen


def f1_scores(targets: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Computes the micro and the macro F1 of several labels.

    Args:
        targets: 0 or 1 for each label, `[rows, labels]`.
        predicted: Whether each label is predicted, `[rows, labels]` bool.

    Returns:
        `micro_f1` and `macro_f1`, the mean over the labels that are true or predicted in any row.
    """
    true = np.asarray(targets) > 0
    both, sides = (true & predicted).sum(axis=0), true.sum(axis=0) + predicted.sum(axis=0)
    f1, seen = 2 * both / np.maximum(sides, 1), sides > 0
    return {
        "micro_f1": float(2 * both.sum() / max(1, sides.sum())),
        "macro_f1": float(f1[seen].mean()) if seen.any() else 0.0,
    }


def regression_scores(targets: np.ndarray, predictions: np.ndarray) -> dict[str, Any]:
    """Computes the metrics of a regression model.

    Args:
        targets: The true values, `[rows]`.
        predictions: The predicted values, `[rows]`.

    Returns:
        `mae` and `rmse` (mean absolute and root mean squared error, in the unit of the targets), `pearson` and
        `spearman` correlation (0 where one side is constant), `mse` (mean squared error), and `loss`, which equals it.
    """
    targets, predictions = np.asarray(targets, np.float64), np.asarray(predictions, np.float64)
    error = predictions - targets
    varied = len(targets) > 1 and np.ptp(targets) > 0 and np.ptp(predictions) > 0
    squared = float(np.square(error).mean())
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": math.sqrt(squared),
        "pearson": float(stats.pearsonr(targets, predictions).statistic) if varied else 0.0,
        "spearman": float(stats.spearmanr(targets, predictions).statistic) if varied else 0.0,
        "mse": squared,
        "loss": squared,
    }
