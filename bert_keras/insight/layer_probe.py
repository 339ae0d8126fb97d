"""Linear probes: how well labels can be predicted from the vectors of each layer by logistic regression."""

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
    """The accuracy of a probe on each layer.

    Attributes:
        accuracy: The mean accuracy over folds, on samples that the probe was not fitted to, `[layers]`.
        deviation: The standard deviation of the accuracy over folds, `[layers]`.
        majority: The share of the most frequent label, which is the accuracy of a probe that learns nothing.
    """

    accuracy: np.ndarray
    deviation: np.ndarray
    majority: float


def probe_layers(
    states: Sequence[np.ndarray] | np.ndarray, labels: Sequence[Any] | np.ndarray, folds: int = _FOLDS
) -> LayerProbe:
    """Cross-validates a logistic regression on the vectors of each layer (Alain and Bengio 2016, section 3).

    A probe shows that labels are linearly separable in a layer, not that the model uses them (Hewitt and Liang 2019).

    Args:
        states: The vectors of each layer, `[samples, hidden]`: those of `[CLS]`, means over texts, or words.
        labels: The label of each sample.
        folds: The number of cross-validation folds; fewer if a label has fewer samples.

    Returns:
        The accuracies by layer, reproducible for the same input.

    Raises:
        InputError: The numbers of labels and vectors differ, there is a single label, or a label has a single sample.
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
