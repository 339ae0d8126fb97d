"""The baseline of a classifier: what a constant answer scores that is chosen by the training split."""

from collections.abc import Sequence

import numpy as np

from bert_keras import evaluation
from bert_keras.data import Encoded


def constant_answer(train: Encoded, targets: np.ndarray, labels: Sequence[str]) -> evaluation.Baseline:
    """Returns the baseline of an evaluated split.

    Args:
        train: The training split, with the labels of the model.
        targets: The targets of the evaluated split.
        labels: The labels of the model; empty for regression.

    Returns:
        The baseline: the most frequent label, the best set of labels, or the mean of the training split.
    """
    if train.task == "regression":
        return evaluation.mean_baseline(float(np.mean(train.targets, dtype=np.float64)), targets)
    counts = train.label_counts()
    if train.task == "single_label":
        return evaluation.majority_baseline(counts, targets, labels)
    return evaluation.label_set_baseline(counts, len(train), _usual_set(train), targets)


def _usual_set(train: Encoded) -> np.ndarray:
    """Returns whether each label is in the most frequent set of labels, `[labels]` bool."""
    keys = train.stored_targets.keys(np.arange(len(train)))
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return train.stored_targets.take(first[[int(counts.argmax())]])[0] > 0
