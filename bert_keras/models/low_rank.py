"""Low-rank adaptation (LoRA): a few trainable parameters added to each dense layer of a frozen encoder."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from bert_keras.errors import InputError

PARTS = ("query", "key", "value", "attention_output", "intermediate", "output")
"""The names of an encoder layer's dense layers."""


@keras.saving.register_keras_serializable(package="bert_keras")
class LowRank(keras.layers.Layer):
    """A low-rank update of a dense layer's kernel, `down @ up * alpha / rank` (Hu et al. 2021, section 4.1).

    It is applied to the inputs, not to the kernel, so neither `down @ up` nor the gradient of the whole kernel is
    computed.

    Args:
        outputs: The number of outputs of the dense layer.
        rank: The number of columns of `down` and of rows of `up`.
        alpha: The scale of the update, times the rank.
        **kwargs: Further arguments of a Keras layer: `name`, `dtype`.

    Attributes:
        merged: Whether the kernel currently includes the update, so that the adapter must not be applied.
    """

    def __init__(self, outputs: int, rank: int, alpha: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outputs, self.rank, self.alpha = outputs, rank, alpha
        self.merged = False

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the weights: `down` random, `up` zero, so that the update is zero at first."""
        inputs = int(inputs_shape[-1] or 0)
        uniform = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        self.down = self.add_weight(shape=(inputs, self.rank), initializer=uniform, name="down")
        self.up = self.add_weight(shape=(self.rank, self.outputs), initializer="zeros", name="up")
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """Computes the update of the dense layer's outputs, `[rows, outputs]`, from its inputs, `[rows, inputs]`."""
        scaled = tf.convert_to_tensor(self.up) * (self.alpha / self.rank)  # cheaper than scaling the product
        return tf.matmul(tf.matmul(inputs, tf.convert_to_tensor(self.down)), scaled)

    def change(self) -> tf.Tensor:
        """Computes the update of the kernel, `[inputs, outputs]` float32."""
        down, up = (tf.cast(weight.value, tf.float32) for weight in (self.down, self.up))
        return tf.matmul(down, up) * (self.alpha / self.rank)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {"outputs": self.outputs, "rank": self.rank, "alpha": self.alpha}


def add_low_rank(backbone: Any, rank: int, alpha: float) -> None:
    """Adds adapters to all dense layers of an encoder; its outputs stay the same until they are trained.

    Args:
        backbone: The encoder.
        rank: The rank of the adapters.
        alpha: The scale of the adapters, times the rank.

    Raises:
        InputError: The rank is below 1, or the encoder already has adapters.
    """
    check_can_add(backbone, rank)
    for layer in backbone.transformer_layers:
        layer.add_low_rank(rank, alpha)


def check_can_add(backbone: Any, rank: int) -> None:
    """Raises `InputError` where `add_low_rank` would."""
    if rank < 1:
        raise InputError(f"rank must be 1 or above. Received: {rank}")
    if low_rank_of(backbone):
        raise InputError("the model has adapters already; save it, and load what was saved")


def low_rank_of(backbone: Any) -> dict[str, LowRank]:
    """Returns the adapters of an encoder by name."""
    return {
        f"layer.{number}.{part}": adapter
        for number, layer in enumerate(backbone.transformer_layers)
        for part in PARTS
        if (adapter := layer.low_rank(part)) is not None
    }


def freeze_beside_low_rank(backbone: Any) -> None:
    """Freezes all weights of an encoder except its adapters, and the pooler if it is trainable."""
    layers = [
        layer
        for layer in backbone.layers
        if layer is not backbone.pooled_dense and layer not in backbone.transformer_layers
    ]
    # Not the encoder layers themselves: their flag would also freeze the adapters inside them.
    layers += [part for layer in backbone.transformer_layers for part in layer._layers if not isinstance(part, LowRank)]
    for layer in layers:
        layer.trainable = False


def merge_low_rank(backbone: Any) -> None:
    """Adds the adapters' updates to the kernels and removes the adapters, which leaves an ordinary encoder."""
    _add_to_kernels(backbone)
    for layer in backbone.transformer_layers:
        layer.remove_low_rank()


@contextlib.contextmanager
def merged(task: Any) -> Iterator[list[Any]]:
    """Merges the adapters into the kernels until the block ends, e.g. while the model is exported.

    Functions that were traced before would add the updates a second time; only `logits` is traced again.

    Args:
        task: A task with or without adapters.

    Yields:
        The variables of the task, without those of the adapters.
    """
    adapters = low_rank_of(task.backbone).values()
    own = {id(variable) for adapter in adapters for variable in adapter.variables}
    kernels = [layer.kernel for layer in task.backbone.dense_layers()] if adapters else []
    before = [kernel.value.numpy() for kernel in kernels]
    try:
        _add_to_kernels(task.backbone)
        for adapter in adapters:
            adapter.merged = True
        task.trace()
        yield [variable for variable in task.variables if id(variable) not in own]
    finally:
        for adapter in adapters:
            adapter.merged = False
        for kernel, value in zip(kernels, before, strict=True):
            kernel.assign(value)  # subtracting the update would not restore every bit
        task.trace()


def _add_to_kernels(backbone: Any) -> None:
    for layer in backbone.transformer_layers:
        for part in PARTS:
            adapter, kernel = layer.low_rank(part), layer.dense_of(part).kernel
            if adapter is not None:
                kernel.assign_add(tf.reshape(adapter.change(), kernel.shape))
