"""What can be read from each layer by a classifier as simple as they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bert_keras.errors import InputError

_FOLDS = 5
_MOST_ITERATIONS = 2000


@dataclass(frozen=True, slots=True)
class LayerProbe:
    """How well labels are told from each layer.

    Attributes:
        accuracy: Mean over folds of the accuracy on what the probe was not fitted to, `[layers]`.
        deviation: Standard deviation over folds, `[layers]`.
        majority: The share of the most frequent label: what a probe that reads nothing scores.
    """

    accuracy: np.ndarray
    deviation: np.ndarray
    majority: float


def probe_layers(
    states: Sequence[np.ndarray] | np.ndarray, labels: Sequence[Any] | np.ndarray, folds: int = _FOLDS
) -> LayerProbe:
    """Fits a logistic regression to each layer's vectors, and tests it on others (Alain and Bengio 2016, section 3).

    A probe says that labels can be read from a layer by a line between them, not that the model reads them (Hewitt and
    Liang 2019).

    Args:
        states: Vectors of each layer, `[samples, hidden]`: `[CLS]`, means of texts, or words.
        labels: Of each sample.
        folds: Of cross-validation; fewer where a label has fewer samples.

    Returns:
        Accuracies by layer. The same input gives the same.

    Raises:
        InputError: Another number of labels than of vectors, a single label, or one with a single sample.
    """
    labels = np.asarray(labels)
    wrong = next((of for of in states if len(of) != len(labels)), None)
    if wrong is not None:
        raise InputError(f"each vector has a label. Received: {len(wrong)} vectors, {len(labels)} labels")
    names, counts = np.unique(labels, return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        least = ", ".join(f"{name} {count}" for name, count in zip(names.tolist(), counts.tolist(), strict=True))
        raise InputError(
            f"a probe needs two labels at least, each with two samples at least. Received: {least or 'none'}"
        )
    parts = StratifiedKFold(min(folds, int(counts.min())), shuffle=True, random_state=0)
    found = [_accuracies(np.asarray(of, np.float64), labels, parts) for of in states]
    mean, deviation = (
        np.array(values, np.float32) for values in zip(*((of.mean(), of.std()) for of in found), strict=True)
    )
    return LayerProbe(mean, deviation, float(counts.max() / len(labels)))


def _accuracies(vectors: np.ndarray, labels: np.ndarray, parts: StratifiedKFold) -> np.ndarray:
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=_MOST_ITERATIONS))
    return cross_val_score(probe, vectors, labels, cv=parts)
