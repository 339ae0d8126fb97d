"""The optimizer that BERT is fine-tuned with."""

import math
from typing import Any

import keras

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


def adamw(learning_rate: float, total_steps: int, warmup_share: float = 0.1, weight_decay: float = 0.01) -> keras.optimizers.Optimizer:
    """Makes AdamW (Loshchilov and Hutter 2019) with linear warm-up and decay, clipped to a global norm of 1.

    Args:
        learning_rate: The highest rate.
        total_steps: Steps of the whole training.
        warmup_share: Share of them until the highest rate.
        weight_decay: Of all weights but biases and layer norms.

    Returns:
        The optimizer.
    """
    schedule = LinearWarmupDecay(learning_rate, math.ceil(warmup_share * total_steps), total_steps)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=weight_decay, epsilon=1e-8, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=list(NO_WEIGHT_DECAY))
    return optimizer
