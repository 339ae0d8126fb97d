"""The losses of a model that learns from a teacher, one value per row, in float32 under any dtype policy."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.classification.task import Task
from bert_keras.training.distillation_recipe import DistillationRecipe
from bert_keras.training.losses import Loss


class TaughtTargets(NamedTuple):
    """The parts of the targets of `data.TaughtRows`.

    Attributes:
        own: The targets of the rows, as the loss of the task takes them.
        labelled: 1 for rows with targets of their own, and 0 for others, `[batch]` float32.
        logits: The logits of the teacher, `[batch, labels]` float32.
        states: The hidden states of the teacher, `[batch, layers, hidden]` float32.
    """

    own: tf.Tensor
    labelled: tf.Tensor
    logits: tf.Tensor
    states: tf.Tensor


def taught_targets(targets: Any, task: Task, outputs: int, layers: int) -> TaughtTargets:
    """Takes the targets of `data.TaughtRows` apart.

    Args:
        targets: The targets, `[batch, numbers]` float32.
        task: The task.
        outputs: The number of logits.
        layers: The number of layers whose states are compared.

    Returns:
        The parts.
    """
    width = outputs if task == "multi_label" else 1
    own, labelled, logits = targets[:, :width], targets[:, width], targets[:, width + 1 : width + 1 + outputs]
    if task != "multi_label":
        own = tf.cast(own[:, 0], tf.int32 if task == "single_label" else tf.float32)
    states = targets[:, width + 1 + outputs :]
    hidden = tf.shape(states)[1] // max(1, layers)
    return TaughtTargets(own, labelled, logits, tf.reshape(states, [tf.shape(targets)[0], layers, hidden]))


def distillation_loss(task: Task, of_task: Loss, recipe: DistillationRecipe) -> Loss:
    """Returns the loss of a model that learns from labels and from a teacher.

    With the weight `a` of the teacher and `b` of the states, it is `(1 - a) * loss of the labels + a * loss of the
    logits + b * difference of the states`; for rows without labels the first part is left out. See `logits_loss` and
    `states_difference`.

    Args:
        task: The task.
        of_task: The loss of the task.
        recipe: The temperature and the weights.

    Returns:
        A function from `TaughtTargets` and outputs, a tuple of logits `[batch, labels]` and states `[batch, layers,
        hidden]`, to losses, `[batch]` float32.
    """

    def loss(targets: TaughtTargets, outputs: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        logits, states = (tf.cast(values, tf.float32) for values in outputs)
        of_labels = (1 - recipe.teacher_weight) * targets.labelled * of_task(targets.own, logits)
        if task == "regression":
            of_teacher = of_task(targets.logits[:, 0], logits)
        else:
            of_teacher = logits_loss(task, targets.logits, logits, recipe.temperature)
        losses = of_labels + recipe.teacher_weight * of_teacher
        return losses + recipe.states_weight * states_difference(targets.states, states)

    return loss


def logits_loss(task: Task, of_teacher: Any, logits: Any, temperature: float) -> tf.Tensor:
    """Computes how far a model's probabilities are from the teacher's (Hinton, Vinyals and Dean 2015, section 2).

    It is the Kullback-Leibler divergence of the softmax of both logits divided by the temperature, or for multi_label
    the mean over labels of that of their sigmoids; times the square of the temperature, so that the size of the
    gradients does not depend on it.

    Args:
        task: "single_label" or "multi_label".
        of_teacher: The logits of the teacher, `[batch, labels]`.
        logits: The logits of the model, `[batch, labels]`.
        temperature: The temperature.

    Returns:
        The losses, `[batch]` float32; 0 for equal probabilities.
    """
    soft, hard = logits / temperature, of_teacher / temperature
    if task == "multi_label":
        of_both = (tf.nn.sigmoid_cross_entropy_with_logits(tf.sigmoid(hard), given) for given in (soft, hard))
        crossed, own = of_both
        return temperature**2 * tf.reduce_mean(crossed - own, axis=-1)
    wanted = tf.nn.log_softmax(hard)
    divergence = tf.reduce_sum(tf.exp(wanted) * (wanted - tf.nn.log_softmax(soft)), axis=-1)
    return temperature**2 * divergence


def states_difference(of_teacher: tf.Tensor, states: tf.Tensor) -> tf.Tensor:
    """Computes how far hidden states of `[CLS]` are from the teacher's (Sun et al. 2019, equation 7).

    Args:
        of_teacher: The states of the teacher, `[batch, layers, hidden]`.
        states: The states of the model, `[batch, layers, hidden]`.

    Returns:
        The squared distance of both, brought to length 1, as a mean over layers, `[batch]` float32: from 0 to 4, and 0
        without a layer.
    """
    layers = int(states.shape[1] or 0)
    if not layers:
        return tf.zeros(tf.shape(states)[:1])
    apart = tf.math.l2_normalize(of_teacher, axis=-1) - tf.math.l2_normalize(states, axis=-1)
    distances = tf.reduce_sum(tf.square(apart), axis=-1)
    return tf.reduce_sum(distances, axis=-1) / layers
