"""The optimizer for fine-tuning: AdamW with linear warm-up and decay of the learning rate."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from bert_keras.models.backbone import NO_WEIGHT_DECAY


@keras.saving.register_keras_serializable(package="bert_keras")
class LinearWarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly to its peak, then falls linearly to zero (Devlin et al. 2019, A.2).

    Args:
        peak: The peak learning rate.
        warmup_steps: The number of steps until the peak.
        total_steps: The number of steps until zero, warm-up included.
    """

    def __init__(self, peak: float, warmup_steps: int, total_steps: int) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step, counted from 0."""
        step = keras.ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup_steps)
        falling = (self.total_steps - step) / max(1, self.total_steps - self.warmup_steps)
        return self.peak * keras.ops.maximum(0.0, keras.ops.minimum(rising, falling))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"peak": self.peak, "warmup_steps": self.warmup_steps, "total_steps": self.total_steps}


@keras.saving.register_keras_serializable(package="bert_keras")
class AdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov and Hutter 2019) with fewer passes over memory than Keras'.

    Each weight is updated by one fused op. Of an embedding only the rows in the batch are updated, including moments
    and weight decay, as in PyTorch's SparseAdam and the LazyAdam of TensorFlow Addons: half of MiniLM's weights are
    token embeddings, and a batch contains some hundreds of their 30,522 rows.

    Args:
        *args: Positional arguments of `keras.optimizers.AdamW`.
        multipliers: The factors of learning rates, by path of the variable; 1 for all others.
        **kwargs: Keyword arguments of `keras.optimizers.AdamW`; `global_clipnorm` is required.

    Attributes:
        gradient_norm: The global norm of the gradients of the last step, before clipping.
    """

    def __init__(self, *args: Any, multipliers: Mapping[str, float] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.multipliers = dict(multipliers or {})
        self._multiplier_of: dict[Any, float] = {}

    def build(self, variables: list[Any]) -> None:
        """Creates the moments and the variable `gradient_norm`."""
        if self.built:
            return
        super().build(variables)
        self._multiplier_of = {
            self._var_key(variable): self.multipliers.get(variable.path, 1.0) for variable in variables
        }
        self.gradient_norm = self.add_variable((), name="gradient_norm")

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        grads = [rows_summed(gradient) if isinstance(gradient, tf.IndexedSlices) else gradient for gradient in grads]
        norm = tf.linalg.global_norm(grads)
        self.gradient_norm.assign(norm)
        scale = tf.minimum(1.0, self.global_clipnorm / norm)
        return [_scaled(gradient, scale) for gradient in grads]

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        """Does nothing, because `update_step` applies weight decay at the learning rate of each variable."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates a variable."""
        place = self._get_variable_index(variable)
        moments = self._momentums[place].value, self._velocities[place].value
        rate = tf.cast(learning_rate, tf.float32) * self._multiplier_of[self._var_key(variable)]
        decay = rate * self.weight_decay if self._use_weight_decay(variable) else None
        powers = [tf.pow(beta, tf.cast(self.iterations + 1, tf.float32)) for beta in (self.beta_1, self.beta_2)]
        if isinstance(gradient, tf.IndexedSlices):
            self._change_rows(variable, *moments, gradient, rate * tf.sqrt(1 - powers[1]) / (1 - powers[0]), decay)
            return
        if decay is not None:
            variable.assign_sub(variable * decay)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=moments[0].handle,
            v=moments[1].handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, tf.float32),
        )

    def _change_rows(
        self, table: Any, first: Any, second: Any, gradient: tf.IndexedSlices, rate: Any, decay: Any
    ) -> None:
        rows, values = gradient.indices, tf.cast(gradient.values, tf.float32)
        mean = self.beta_1 * tf.gather(first, rows) + (1 - self.beta_1) * values
        square = self.beta_2 * tf.gather(second, rows) + (1 - self.beta_2) * tf.square(values)
        first.scatter_update(tf.IndexedSlices(mean, rows))
        second.scatter_update(tf.IndexedSlices(square, rows))
        change = rate * mean / (tf.sqrt(square) + self.epsilon)
        if decay is not None:
            change += decay * tf.gather(table, rows)
        table.scatter_sub(tf.IndexedSlices(change, rows))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {"multipliers": self.multipliers}


def rows_summed(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """Sums the slices of each row, so that each row has only one."""
    rows, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _scaled(gradient: Any, scale: tf.Tensor) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(
            gradient.values * tf.cast(scale, gradient.dtype), gradient.indices, gradient.dense_shape
        )
    return gradient * tf.cast(scale, gradient.dtype)


def adamw(
    learning_rate: float,
    total_steps: int,
    warmup_share: float = 0.1,
    weight_decay: float = 0.01,
    clip_norm: float = 1.0,
    multipliers: Mapping[str, float] | None = None,
) -> AdamW:
    """Returns AdamW with linear warm-up and linear decay of the learning rate.

    Args:
        learning_rate: The peak learning rate.
        total_steps: The number of steps of the whole training.
        warmup_share: The share of the steps that is warm-up.
        weight_decay: The weight decay of all weights except biases and layer norms.
        clip_norm: The maximum global norm of the gradients; larger gradients are scaled down to it.
        multipliers: The factors of learning rates, by path of the variable; 1 for all others.

    Returns:
        The optimizer.
    """
    schedule = LinearWarmupDecay(learning_rate, math.ceil(warmup_share * total_steps), total_steps)
    optimizer = AdamW(
        schedule, weight_decay=weight_decay, epsilon=1e-8, global_clipnorm=clip_norm, multipliers=multipliers
    )
    optimizer.exclude_from_weight_decay(var_names=list(NO_WEIGHT_DECAY))
    return optimizer
