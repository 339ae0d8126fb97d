"""What the head of each task has: its labels, and Keras' loss and metric for its logits."""

from collections.abc import Sequence

import keras

from bert_keras.classification.task import Task, check_task
from bert_keras.errors import LabelError


def check_labels(labels: Sequence[str], task: Task) -> None:
    """Makes sure that labels fit a task.

    Args:
        labels: Their names.
        task: The task.

    Raises:
        InputError: No such task.
        LabelError: Too few labels, the same twice, something else than names, or any for regression.
    """
    check_task(task)
    if task == "regression":
        if len(labels):
            raise LabelError(
                f"regression gives a number and has no labels. Received: {labels!r}; leave them out, or say task='single_label' or "
                "'multi_label'"
            )
        return
    least, words = (2, "at least two different names") if task == "single_label" else (1, "one or more different names")
    if (
        isinstance(labels, str)
        or len(labels) < least
        or len(set(labels)) != len(labels)
        or not all(isinstance(n, str) for n in labels)
    ):
        raise LabelError(f"labels must be {words}. Received: {labels!r}")


def loss_of(task: Task) -> keras.losses.Loss:
    """Makes the loss that `TextClassifier.compile` takes by itself: as `training.losses.loss_for`, the mean over rows."""
    if task == "regression":
        return keras.losses.MeanSquaredError()
    if task == "multi_label":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def metric_of(task: Task) -> keras.metrics.Metric:
    """Makes the metric that `TextClassifier.compile` takes by itself."""
    if task == "regression":
        return keras.metrics.MeanAbsoluteError(name="mean_absolute_error")
    if task == "multi_label":
        return keras.metrics.BinaryAccuracy(name="label_accuracy", threshold=0.0)  # of logits
    return keras.metrics.SparseCategoricalAccuracy(name="accuracy")
