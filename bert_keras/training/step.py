"""An optimizer step, on one batch or on several whose gradients are accumulated."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from bert_keras.data import Batch
from bert_keras.runtime.custom_gradients import forgotten_gradients
from bert_keras.runtime.lanes import lanes
from bert_keras.training.losses import Loss
from bert_keras.training.optimizer import AdamW
from bert_keras.training.task_metric import TaskMetric

Gradient: TypeAlias = Any  # tf.Tensor or tf.IndexedSlices

INPUTS = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}
"""The inputs of a step, each `[batch, tokens]`. The lengths are not part of it: a new one needs no new trace."""


@dataclass(frozen=True)
class StepFigures:
    """The measurements of an optimizer step.

    Attributes:
        loss: The mean loss of the rows, before the update.
        gradient_norm: The global norm of the gradients, before clipping.
        learning_rate: The learning rate of the step.
        counts: The sums of the task's metric.
    """

    loss: float
    gradient_norm: float
    learning_rate: float
    counts: list[float]


class TrainingStep:
    """Trains a model by one optimizer step per call.

    Args:
        model: The model; the weights that are trainable when this object is created are trained.
        optimizer: The optimizer.
        loss: The loss, from targets and outputs to `[batch]`.
        metric: The metric whose sums are computed.
        targets: The targets of an example batch, for their rank and dtype, or their specification.
        together: Whether the loss compares all rows of a batch with one another, and is from the targets and the
            outputs of the whole batch.
        parts: With `together`, the number of parts of like length that the model reads a batch in.
        inputs: The inputs of the step.
        run: The function from inputs and `training` to outputs. `None` means the model itself.
        weight: The function from the targets of a batch to the number of losses that they have.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: AdamW,
        loss: Loss,
        metric: TaskMetric,
        targets: np.ndarray | tf.TensorSpec,
        *,
        together: bool = False,
        parts: int = 1,
        inputs: Mapping[str, tf.TensorSpec] = INPUTS,
        run: Callable[..., Any] | None = None,
        weight: Callable[[np.ndarray], int] = len,
    ) -> None:
        self._model, self._run, self._weight = model, run or model, weight
        self._together, self._parts = together, parts
        self._optimizer, self._loss, self._metric = optimizer, loss, metric
        self._variables = model.trainable_variables
        optimizer.build(self._variables)
        of_targets = tf.TensorSpec([None] * len(targets.shape), targets.dtype)  # tags are as many as a batch's columns
        self._signature = [dict(inputs), of_targets, tf.TensorSpec([], tf.float32)]
        self._whole = tf.function(self._whole_step, input_signature=self._signature, autograph=False)
        self._part = tf.function(self._gradients, input_signature=self._signature, autograph=False)
        self._apply: Any = None

    def __call__(self, passes: Sequence[Batch], rows: int | None = None) -> StepFigures:
        """Runs one optimizer step.

        Args:
            passes: The batches of the step. Their gradients are accumulated to those of the mean loss of all rows.
            rows: The number of all rows, or of their losses, if these batches are only a share of the step.

        Returns:
            The loss, the gradient norm, the learning rate and the sums of the metric.
        """
        losses = max(1, sum(self._weight(targets) for _, targets in passes)) if rows is None else rows
        of_step = np.float32(losses)
        with forgotten_gradients():
            if len(passes) == 1:
                return told(self._whole(*passes[0], of_step))
            return told(self._applied(*self._accumulated(passes, of_step)))

    def _accumulated(self, passes: Sequence[Batch], rows: np.float32) -> tuple[list[Gradient], tf.Tensor]:
        """Returns the gradients of several batches' share of the mean loss of `rows` rows; and that share and sums."""
        gradients, sums = self._part(*passes[0], rows)
        for inputs, targets in passes[1:]:
            more, more_sums = self._part(inputs, targets, rows)
            sums += more_sums
            for place, gradient in enumerate(more):
                gradients[place] = _added(gradients[place], gradient)
        return gradients, sums

    def _applied(self, gradients: list[Gradient], sums: tf.Tensor) -> tf.Tensor:
        if self._apply is None:
            # The number of embedding slices is not part of the signature either.
            made = self._part.get_concrete_function().structured_outputs
            signature = tf.nest.map_structure(tf.type_spec_from_value, made)
            self._apply = tf.function(self._change, input_signature=signature, autograph=False)
        return self._apply(gradients, sums)

    def _whole_step(self, inputs: dict[str, tf.Tensor], targets: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return self._change(*self._gradients(inputs, targets, rows))

    def _gradients(
        self, inputs: dict[str, tf.Tensor], targets: tf.Tensor, rows: tf.Tensor
    ) -> tuple[list[Gradient], tf.Tensor]:
        """Returns the gradients of a batch's share of the mean of `rows` losses; and that share and metric sums."""
        losses, counts = [], []
        with tf.GradientTape() as tape:
            for of_share, outputs in self._outputs(inputs, targets):
                # The sum is divided by the rows of the whole step, so that batches of any size add up to its mean.
                losses.append(tf.reduce_sum(self._loss(of_share, outputs)) / rows)
                counts.append(self._metric.counts(of_share, outputs))
            loss = tf.add_n(losses)
        gradients = tape.gradient(loss, self._variables)
        return gradients, tf.concat([loss[tf.newaxis], tf.add_n(counts)], axis=0)

    def _outputs(self, inputs: dict[str, tf.Tensor], targets: tf.Tensor) -> Iterator[tuple[tf.Tensor, Any]]:
        """Yields targets and outputs: of each share, or of the whole batch."""
        if self._together:
            yield targets, self._joined(inputs)
            return
        for share, rows in _shares(inputs, lanes()):
            yield targets[rows], self._run(share, training=True)

    def _joined(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Returns the outputs of the whole batch, which is run in parts of like length, for less padding."""
        order = tf.argsort(tf.reduce_sum(inputs["padding_mask"], axis=1), stable=True)
        by_length = {name: tf.gather(values, order) for name, values in inputs.items()}
        outputs = [self._run(share, training=True) for share, _ in _shares(by_length, self._parts)]
        return tf.gather(tf.concat(outputs, axis=0), tf.argsort(order))

    def _change(self, gradients: list[Gradient], sums: tf.Tensor) -> tf.Tensor:
        rate = tf.cast(self._optimizer.learning_rate, tf.float32)  # read before the optimizer counts the step
        self._optimizer.apply(gradients, self._variables)
        return tf.concat([[self._optimizer.gradient_norm.value, rate], sums], axis=0)


def told(figures: tf.Tensor) -> StepFigures:
    """Returns the measurements of a step, in a single transfer to Python."""
    norm, rate, loss, *counts = figures.numpy().tolist()
    return StepFigures(loss, norm, rate, counts)


def _shares(inputs: dict[str, tf.Tensor], count: int) -> list[tuple[dict[str, tf.Tensor], slice]]:
    """Splits a batch into shares that can run in parallel, each as wide as its longest row, with their rows."""
    if count == 1:
        return [(inputs, slice(None))]
    rows = tf.shape(inputs["padding_mask"])[0]
    bounds = [rows * share // count for share in range(count + 1)]
    shares = []
    for first, last in itertools.pairwise(bounds):
        # If a batch has fewer rows than lanes, some shares are empty.
        width = tf.maximum(1, tf.reduce_max(tf.reduce_sum(inputs["padding_mask"][first:last], axis=1)))
        shares.append(({name: values[first:last, :width] for name, values in inputs.items()}, slice(first, last)))
    return shares


def _added(one: Any, other: Any) -> Any:
    """Adds two gradients; sparse gradients are concatenated, and stay sparse."""
    if isinstance(one, tf.IndexedSlices):
        values = tf.concat([one.values, other.values], axis=0)
        return tf.IndexedSlices(values, tf.concat([one.indices, other.indices], axis=0), one.dense_shape)
    return one + other
