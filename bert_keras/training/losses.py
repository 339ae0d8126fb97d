"""What training brings down: a loss by row for each task, in float32 whatever the model computes in."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from bert_keras.classification.task import Task, check_task
from bert_keras.errors import InputError, LabelError

Loss = Callable[[Any, Any], tf.Tensor]


def loss_for(
    task: Task, label_smoothing: float = 0.0, class_weights: Sequence[float] | np.ndarray | None = None
) -> Loss:
    """Makes the loss of a task.

    Args:
        task: single_label has the cross entropy of the softmax, multi_label the mean over labels of the cross entropy
            of the sigmoids, regression the squared error.
        label_smoothing: Share of the target that is spread evenly over all labels (Szegedy et al. 2016, section 7);
            over yes and no where each label is a question of its own.
        class_weights: A weight by label's index: of a row's loss (single_label), or of the label's (multi_label).

    Returns:
        A function of targets (indices `[batch]`; zeros and ones `[batch, labels]`; numbers `[batch]`) and logits
        `[batch, labels]` or `[batch, 1]` that gives the losses `[batch]` float32.

    Raises:
        InputError: Smoothing that is no share below 1, weights that are not all above or equal to 0, or either for
            regression.
    """
    check_task(task)
    if not 0 <= label_smoothing < 1:
        raise InputError(f"label_smoothing must be from 0 to below 1. Received: {label_smoothing}")
    if task == "regression":
        if label_smoothing or class_weights is not None:
            what = "label_smoothing" if label_smoothing else "class_weights"
            raise InputError(f"{what} is for labels, and regression has none; leave it out")
        return _squared_error
    weights = None if class_weights is None else np.asarray(class_weights, np.float32)
    if weights is not None and (weights.ndim != 1 or not (np.isfinite(weights) & (weights >= 0)).all()):
        raise InputError(f"class_weights must be a number from 0 for each label. Received: {class_weights!r:.200}")
    of_task = _softmax_cross_entropy if task == "single_label" else _sigmoid_cross_entropy
    return partial(of_task, smoothing=label_smoothing, weights=weights)


def span_cross_entropy(targets: Any, outputs: Any) -> tf.Tensor:
    """The loss of spans: the mean of the cross entropies of start and end (Devlin et al. 2019, section 4.2).

    Args:
        targets: First and last column of the answer, `[batch, 2]` int32.
        outputs: "start" and "end" logits, `[batch, tokens]`.

    Returns:
        The losses, `[batch]` float32.
    """
    sides = (tf.cast(outputs[name], tf.float32) for name in ("start", "end"))
    losses = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(targets[:, side], logits) for side, logits in enumerate(sides)
    ]
    return (losses[0] + losses[1]) / 2


def weights_by_label(
    setting: Literal["none", "balanced"] | Mapping[str, float], targets: np.ndarray, task: Task, labels: Sequence[str]
) -> np.ndarray | None:
    """Turns what a user says about class weights into weights for `loss_for`.

    Args:
        setting: "none", "balanced", or weights by label name; labels that are not named weigh 1.
        targets: Of the training rows, as `balanced_weights` takes them.
        task: The task.
        labels: Names of the labels, in the order of the logits.

    Returns:
        A weight for each label, `[labels]` float32; None where all weigh the same.

    Raises:
        LabelError: A weight for a label that is not there.
        InputError: Weights for regression, or another word.
    """
    if setting == "none":
        return None
    if task == "regression":
        raise InputError("class weights are for labels, and regression has none; leave them out")
    if isinstance(setting, str):
        if setting != "balanced":
            raise InputError(f"class weights must be none, balanced, or a weight by label. Received: {setting!r}")
        return balanced_weights(targets, task, labels)
    unknown = [name for name in setting if name not in labels]
    if unknown:
        raise LabelError(
            f"class weights for labels that are not there. Received: {unknown}; the labels are {list(labels)}"
        )
    return np.array([setting.get(name, 1.0) for name in labels], np.float32)


def balanced_weights(targets: np.ndarray, task: Task, labels: Sequence[str]) -> np.ndarray:
    """Weights that let rare labels count as much as frequent ones: rows / (labels * rows with the label), as scikit-learn has it.

    Args:
        targets: Indices `[rows]` (single_label), or zeros and ones `[rows, labels]` (multi_label).
        task: single_label or multi_label.
        labels: Names of the labels.

    Returns:
        A weight for each label, `[labels]` float32. The loss keeps its size: the mean is 1, over the rows for
        single_label, over the labels for multi_label, where each row has a loss for each label. A label that no row has
        weighs 1 and does not count.
    """
    if task == "single_label":
        counts = np.bincount(targets, minlength=len(labels)).astype(np.float64)
    else:
        counts = np.sum(targets, axis=0, dtype=np.float64)
    present = counts > 0
    weights = np.divide(len(targets), present.sum() * counts, out=np.ones(len(labels)), where=present)
    if task == "multi_label":
        weights[present] /= weights[present].mean()
    return weights.astype(np.float32)


def _softmax_cross_entropy(targets: Any, logits: Any, *, smoothing: float, weights: np.ndarray | None) -> tf.Tensor:
    targets, logits = tf.cast(targets, tf.int32), tf.cast(logits, tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    if smoothing:
        of_each_label = -tf.nn.log_softmax(logits)
        losses = (1 - smoothing) * losses + smoothing * tf.reduce_mean(of_each_label, axis=-1)
    return losses if weights is None else losses * tf.gather(_fitting(weights, logits), targets)


def _sigmoid_cross_entropy(targets: Any, logits: Any, *, smoothing: float, weights: np.ndarray | None) -> tf.Tensor:
    targets, logits = tf.cast(targets, tf.float32), tf.cast(logits, tf.float32)
    if smoothing:
        targets = (1 - smoothing) * targets + smoothing / 2
    losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    return tf.reduce_mean(losses if weights is None else losses * _fitting(weights, logits), axis=-1)


def _squared_error(targets: Any, logits: Any) -> tf.Tensor:
    # Without its last dimension, or the difference would be a square of all rows with all.
    return tf.square(tf.squeeze(tf.cast(logits, tf.float32), axis=-1) - tf.cast(targets, tf.float32))


def _fitting(weights: np.ndarray, logits: tf.Tensor) -> np.ndarray:
    if logits.shape[-1] != len(weights):
        raise InputError(
            f"class_weights must have a weight for each of the {logits.shape[-1]} labels. Received: {len(weights)}"
        )
    return weights
