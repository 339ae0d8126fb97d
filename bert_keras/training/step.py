"""One optimizer step, whole or in passes whose gradients are added up."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from bert_keras.data import Batch
from bert_keras.models import BertTask
from bert_keras.runtime.lanes import lanes
from bert_keras.training.losses import Loss
from bert_keras.training.optimizer import AdamW
from bert_keras.training.task_metric import TaskMetric

Gradient: TypeAlias = Any  # tf.Tensor or tf.IndexedSlices

_INPUTS = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}


@dataclass(frozen=True)
class StepFigures:
    """What a step showed.

    Attributes:
        loss: Mean over its rows, before the step.
        gradient_norm: Common norm of the gradients, before clipping.
        learning_rate: That it was made with.
        counts: The sums of the task's metric.
    """

    loss: float
    gradient_norm: float
    learning_rate: float
    counts: list[float]


class TrainingStep:
    """Trains a model, a step at a call.

    Args:
        model: The model; its weights that are trainable now are changed.
        optimizer: Changes them.
        loss: Makes losses `[batch]` of (targets, outputs).
        metric: Whose sums are counted.
        targets: An example batch's targets: their kind is that of all.
    """

    def __init__(
        self,
        model: BertTask,
        optimizer: AdamW,
        loss: Loss,
        metric: TaskMetric,
        targets: np.ndarray,
    ) -> None:
        self._model, self._optimizer, self._loss, self._metric = model, optimizer, loss, metric
        self._variables = model.trainable_variables
        optimizer.build(self._variables)
        # Lengths are left open: no length is traced anew.
        signature = [_INPUTS, tf.TensorSpec([None, *targets.shape[1:]], targets.dtype), tf.TensorSpec([], tf.float32)]
        self._whole = tf.function(self._whole_step, input_signature=signature, autograph=False)
        self._part = tf.function(self._gradients, input_signature=signature, autograph=False)
        self._apply: Any = None

    def __call__(self, passes: Sequence[Batch]) -> StepFigures:
        """Makes a step.

        Args:
            passes: Its batches. Gradients and loss are those of all their rows together.

        Returns:
            What it showed.
        """
        rows = np.float32(sum(len(targets) for _, targets in passes))
        if len(passes) == 1:
            figures = self._whole(*passes[0], rows)
        else:
            gradients, sums = self._part(*passes[0], rows)
            for inputs, targets in passes[1:]:
                more, more_sums = self._part(inputs, targets, rows)
                sums += more_sums
                for place, gradient in enumerate(more):
                    gradients[place] = _added(gradients[place], gradient)
            figures = self._applied(gradients, sums)
        # The one value a step that leaves TensorFlow.
        norm, rate, loss, *counts = figures.numpy().tolist()
        return StepFigures(loss, norm, rate, counts)

    def _applied(self, gradients: list[Gradient], sums: tf.Tensor) -> tf.Tensor:
        if self._apply is None:
            # As many slices of the embedding as there are, for the same reason as lengths.
            made = self._part.get_concrete_function().structured_outputs
            signature = tf.nest.map_structure(tf.type_spec_from_value, made)
            self._apply = tf.function(self._change, input_signature=signature, autograph=False)
        return self._apply(gradients, sums)

    def _whole_step(self, inputs: dict[str, tf.Tensor], targets: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return self._change(*self._gradients(inputs, targets, rows))

    def _gradients(
        self, inputs: dict[str, tf.Tensor], targets: tf.Tensor, rows: tf.Tensor
    ) -> tuple[list[Gradient], tf.Tensor]:
        """The gradients of some rows' share in the mean loss of `rows` rows; that share, and the metric's sums."""
        losses, counts = [], []
        with tf.GradientTape() as tape:
            for share, of_share in _shares(inputs, targets, lanes()):
                outputs = self._model(share, training=True)
                # Rows are summed and divided by the rows of the whole step, so that passes of any sizes add up to its
                # mean.
                losses.append(tf.reduce_sum(self._loss(of_share, outputs)) / rows)
                counts.append(self._metric.counts(of_share, outputs))
            loss = tf.add_n(losses)
        gradients = tape.gradient(loss, self._variables)
        return gradients, tf.concat([loss[tf.newaxis], tf.add_n(counts)], axis=0)

    def _change(self, gradients: list[Gradient], sums: tf.Tensor) -> tf.Tensor:
        rate = tf.cast(self._optimizer.learning_rate, tf.float32)  # before the step counts itself
        self._optimizer.apply(gradients, self._variables)
        return tf.concat([[self._optimizer.gradient_norm.value, rate], sums], axis=0)


def _shares(
    inputs: dict[str, tf.Tensor], targets: tf.Tensor, count: int
) -> list[tuple[dict[str, tf.Tensor], tf.Tensor]]:
    """Divides a batch for as many lanes, each share as wide as its own longest row."""
    if count == 1:
        return [(inputs, targets)]
    rows = tf.shape(inputs["padding_mask"])[0]
    bounds = [rows * share // count for share in range(count + 1)]
    shares = []
    for first, last in itertools.pairwise(bounds):
        # A batch of fewer rows than lanes leaves shares without any.
        width = tf.maximum(1, tf.reduce_max(tf.reduce_sum(inputs["padding_mask"][first:last], axis=1)))
        shares.append(({name: values[first:last, :width] for name, values in inputs.items()}, targets[first:last]))
    return shares


def _added(one: Any, other: Any) -> Any:
    """Adds gradients; slices are put one after the other, and stay slices."""
    if isinstance(one, tf.IndexedSlices):
        values = tf.concat([one.values, other.values], axis=0)
        return tf.IndexedSlices(values, tf.concat([one.indices, other.indices], axis=0), one.dense_shape)
    return one + other
