"""The optimizer that BERT is fine-tuned with."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from bert_keras.models.backbone import NO_WEIGHT_DECAY


@keras.saving.register_keras_serializable(package="bert_keras")
class LinearWarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises to its peak in a straight line and then falls to zero in another (Devlin et al. 2019, A.2).

    Args:
        peak: The highest rate.
        warmup_steps: Steps until then.
        total_steps: Steps until zero.
    """

    def __init__(self, peak: float, warmup_steps: int, total_steps: int) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step: Any) -> Any:
        """Returns the rate of a step, counted from 0."""
        step = keras.ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup_steps)
        falling = (self.total_steps - step) / max(1, self.total_steps - self.warmup_steps)
        return self.peak * keras.ops.maximum(0.0, keras.ops.minimum(rising, falling))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"peak": self.peak, "warmup_steps": self.warmup_steps, "total_steps": self.total_steps}


@keras.saving.register_keras_serializable(package="bert_keras")
class AdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov and Hutter 2019) that passes over memory less often than Keras'.

    Weights are changed by one fused op each. Of an embedding only the rows in the batch are changed, moments and decay
    included (as the sparse Adam of PyTorch, "lazy" in TensorFlow's addons): MiniLM's word embeddings are half of its
        weights, and a batch
    has some hundreds of their 30,522 rows.

    Args:
        multipliers: By path of a variable, what its learning rate is multiplied with.
        **kwargs: As of `keras.optimizers.AdamW`; `global_clipnorm` must be among them.
    """

    def __init__(self, *args: Any, multipliers: Mapping[str, float] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.multipliers = dict(multipliers or {})
        self._multiplier_of: dict[Any, float] = {}

    def build(self, variables: list[Any]) -> None:
        """Creates the moments, and a place for the last step's norm."""
        if self.built:
            return
        super().build(variables)
        self._multiplier_of = {
            self._var_key(variable): self.multipliers.get(variable.path, 1.0) for variable in variables
        }
        # The norm of all gradients of the last step before clipping, for those who watch the training.
        self.gradient_norm = self.add_variable((), name="gradient_norm")

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        grads = [_rows_summed(gradient) if isinstance(gradient, tf.IndexedSlices) else gradient for gradient in grads]
        norm = tf.linalg.global_norm(grads)
        self.gradient_norm.assign(norm)
        scale = tf.minimum(1.0, self.global_clipnorm / norm)
        return [_scaled(gradient, scale) for gradient in grads]

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        """Nothing here: `update_step` decays, each variable at its own rate."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Changes a variable."""
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


def _rows_summed(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """Adds up the slices of each row, so that there is one a row."""
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
    """Makes AdamW with linear warm-up and decay of the rate.

    Args:
        learning_rate: The highest rate.
        total_steps: Steps of the whole training.
        warmup_share: Share of them until the highest rate.
        weight_decay: Of all weights but biases and layer norms.
        clip_norm: Gradients whose common norm is greater are scaled down to it.
        multipliers: By path of a variable, what its learning rate is multiplied with.

    Returns:
        The optimizer.
    """
    schedule = LinearWarmupDecay(learning_rate, math.ceil(warmup_share * total_steps), total_steps)
    optimizer = AdamW(
        schedule, weight_decay=weight_decay, epsilon=1e-8, global_clipnorm=clip_norm, multipliers=multipliers
    )
    optimizer.exclude_from_weight_decay(var_names=list(NO_WEIGHT_DECAY))
    return optimizer
