"""The loss of each task, one value per row, in float32 under any dtype policy."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from bert_keras.classification.task import Task, check_task
from bert_keras.errors import InputError, LabelError

Loss = Callable[[Any, Any], tf.Tensor]
"""A function from targets and outputs of the model to losses, `[batch]` float32."""


def loss_for(
    task: Task, label_smoothing: float = 0.0, class_weights: Sequence[float] | np.ndarray | None = None
) -> Loss:
    """Returns the loss function of a task.

    Args:
        task: The task. The loss of single_label is the softmax cross entropy, that of multi_label the sigmoid cross
            entropy averaged over labels, that of regression the squared error.
        label_smoothing: The share of the target that is spread evenly over all labels (Szegedy et al. 2016, section 7);
            for multi_label, over 0 and 1.
        class_weights: A weight for each label, by index: of the loss of its rows (single_label), or of its own loss
            (multi_label). `None` means no weights.

    Returns:
        A function from targets (indices `[batch]`, zeros and ones `[batch, labels]`, or numbers `[batch]`) and logits
        (`[batch, labels]` or `[batch, 1]`) to losses, `[batch]` float32.

    Raises:
        InputError: `label_smoothing` is not from 0 to below 1, a weight is negative or not finite, or either is given
            for regression.
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
    """Computes the loss of spans, the mean cross entropy of start and end (Devlin et al. 2019, section 4.2).

    Args:
        targets: The first and the last column of the answer, `[batch, 2]` int32.
        outputs: The logits "start" and "end", each `[batch, tokens]`.

    Returns:
        The losses, `[batch]` float32.
    """
    sides = (tf.cast(outputs[name], tf.float32) for name in ("start", "end"))
    losses = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(targets[:, side], logits) for side, logits in enumerate(sides)
    ]
    return (losses[0] + losses[1]) / 2


def tag_cross_entropy(words: float) -> Loss:
    """Returns the loss of tags of words (Devlin et al. 2019, section 5.3), in which each word counts the same.

    Args:
        words: The mean number of words with a tag in a row of the training split.

    Returns:
        A function from tags `[batch, tokens]`, -1 where there is none, and logits `[batch, tokens, tags]` to the sum of
        the cross entropies of a row divided by `words`, `[batch]` float32. Targets may have more columns than logits,
        which then hold none.
    """

    def loss(targets: Any, logits: Any) -> tf.Tensor:
        logits = tf.cast(logits, tf.float32)
        targets = tf.cast(targets, tf.int32)[:, : tf.shape(logits)[1]]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(targets, 0), logits)
        return tf.reduce_sum(tf.where(targets >= 0, losses, 0.0), axis=1) / words

    return loss


def weights_by_label(
    setting: Literal["none", "balanced"] | Mapping[str, float], targets: np.ndarray, task: Task, labels: Sequence[str]
) -> np.ndarray | None:
    """Converts a user's class weights to the weights that `loss_for` takes.

    Args:
        setting: "none", "balanced", or weights by label name; the weight of all other labels is 1.
        targets: The targets of the training split, as `balanced_weights` takes them.
        task: The task.
        labels: The names of the labels, in the order of the logits.

    Returns:
        A weight for each label, `[labels]` float32; `None` if the setting is "none".

    Raises:
        LabelError: There is a weight for an unknown label.
        InputError: There are weights for regression, or the setting is another word.
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
    """Computes weights that give all labels the same influence: rows / (labels * rows with the label).

    These are the "balanced" class weights of scikit-learn. For multi_label they are scaled to a mean of 1.

    Args:
        targets: Indices `[rows]` (single_label), or zeros and ones `[rows, labels]` (multi_label).
        task: single_label or multi_label.
        labels: The names of the labels.

    Returns:
        A weight for each label, `[labels]` float32. Their mean is 1 over rows (single_label) or over labels
        (multi_label), so that the loss keeps its scale. A label without rows has the weight 1, and is not counted.
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
    # The last axis is removed, because the difference would otherwise broadcast to [batch, batch].
    return tf.square(tf.squeeze(tf.cast(logits, tf.float32), axis=-1) - tf.cast(targets, tf.float32))


def _fitting(weights: np.ndarray, logits: tf.Tensor) -> np.ndarray:
    if logits.shape[-1] != len(weights):
        raise InputError(
            f"class_weights must have a weight for each of the {logits.shape[-1]} labels. Received: {len(weights)}"
        )
    return weights
