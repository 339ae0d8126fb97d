"""The parts of a task's head: its dense layer, its labels, and the Keras loss and metric of its logits."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from bert_keras.checkpoints import Checkpoint
from bert_keras.classification.task import Task, check_task
from bert_keras.errors import LabelError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.initial_weights import random_weights

_log = logging.getLogger(__name__)


def logits_dense(outputs: int, backbone: BertBackbone) -> keras.layers.Dense:
    """Returns a new dense layer for float32 logits, to be put on a backbone.

    Args:
        outputs: The number of logits.
        backbone: The backbone, whose `initializer_range` the new weights have.

    Returns:
        The layer, named "logits".
    """
    return keras.layers.Dense(
        outputs,
        kernel_initializer=random_weights(backbone.initializer_range),
        dtype="float32",
        name="logits",
    )


def keep_outputs(dense: keras.layers.Dense, names: Sequence[str], of: keras.layers.Dense, its: Sequence[str]) -> None:
    """Gives a head the weights of another one for the outputs of the same names, in whatever order.

    A softmax of some trained and some fresh outputs is a fair beginning: the trained logits have a mean of about zero,
    as the gradient of the cross entropy has over the outputs, and the fresh ones are about zero.

    Args:
        dense: The head.
        names: The names of its outputs.
        of: The other head.
        its: The names of its outputs.
    """
    kernel, bias = dense.get_weights()
    trained_kernel, trained_bias = of.get_weights()
    place_of = {name: place for place, name in enumerate(its)}
    kept = [place for place, name in enumerate(names) if name in place_of]
    trained = [place_of[names[place]] for place in kept]
    kernel[:, kept], bias[kept] = trained_kernel[:, trained], trained_bias[trained]
    dense.set_weights([kernel, bias])


def check_labels(labels: Sequence[str], task: Task) -> None:
    """Checks that labels fit a task.

    Args:
        labels: The names of the labels.
        task: The task.

    Raises:
        InputError: There is no such task.
        LabelError: There are too few labels, duplicates, labels that are not strings, or any labels for regression.
    """
    check_task(task)
    if task == "regression":
        if len(labels):
            raise LabelError(
                f"regression gives a number and has no labels. Received: {labels!r}; leave them out, or say "
                "task='single_label' or 'multi_label'"
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


def label_index(names: Any, labels: Sequence[str]) -> tf.Tensor:
    """Converts label names `[batch]` to indices `[batch]` int32; an unknown name raises an error when it is run."""
    equal = tf.convert_to_tensor(names)[:, tf.newaxis] == tf.constant(labels)
    known = tf.debugging.Assert(tf.reduce_all(tf.reduce_any(equal, axis=1)), ["a label is none of", labels, names])
    with tf.control_dependencies([known] if known is not None else []):
        return tf.argmax(tf.cast(equal, tf.int32), axis=1, output_type=tf.int32)


def loss_of(task: Task) -> keras.losses.Loss:
    """Returns the default loss of `TextClassifier.compile`: that of `training.losses.loss_for`, averaged over rows."""
    if task == "regression":
        return keras.losses.MeanSquaredError()
    if task == "multi_label":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def metric_of(task: Task) -> keras.metrics.Metric:
    """Returns the default metric of `TextClassifier.compile`."""
    if task == "regression":
        return keras.metrics.MeanAbsoluteError(name="mean_absolute_error")
    if task == "multi_label":
        return keras.metrics.BinaryAccuracy(name="label_accuracy", threshold=0.0)  # a threshold of logits
    return keras.metrics.SparseCategoricalAccuracy(name="accuracy")


def head_of(checkpoint: Checkpoint, task: Task | None) -> tuple[Sequence[str], Task]:
    """Returns the labels and the task of a checkpoint's head, which `task` may say where the files do not."""
    labels = checkpoint.labels or ()
    if checkpoint.task_said:
        return labels, checkpoint.task
    if task == "regression":
        return (), task
    if task is None:
        _log.warning(
            "%s has one output and no problem_type: its output is served as the probability of %r, through a "
            "sigmoid, as the text-classification pipeline of transformers does; for the number itself, say "
            "task='regression', or problem_type in config.json",
            checkpoint.folder,
            labels[0],
        )
    return labels, checkpoint.task


def no_classifier(folder: Path, held: str) -> LabelError:
    """Returns the error that a folder holds no classifier; `held` says after a comma what it holds, or is empty."""
    return LabelError(
        f"{folder}: there is no trained classifier in it{held}. Fine-tune one (bert-keras classify), or name the "
        "labels of a fresh head, labels=[…]"
    )
