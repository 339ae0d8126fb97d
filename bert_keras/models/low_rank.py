"""Low-rank adaptation: a few trained parameters beside each dense layer of the encoder, which stays as it is."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from bert_keras.errors import InputError

PARTS = ("query", "key", "value", "attention_output", "intermediate", "output")
"""The dense layers of an encoder layer."""


@keras.saving.register_keras_serializable(package="bert_keras")
class LowRank(keras.layers.Layer):
    """A change of a dense layer's kernel of low rank, `down @ up * scale` (Hu et al. 2021, section 4.1).

    It is applied to the inputs, not to the kernel: neither the product of the two nor the gradient of the whole kernel
    is made.

    Args:
        outputs: Of the dense layer.
        rank: Columns of `down`, rows of `up`.
        alpha: What the change is scaled with, times the rank.
        **kwargs: Of a Keras layer: `name`, `dtype`.

    Attributes:
        merged: Whether the kernel holds the change at the moment, so that the layer adds nothing.
    """

    def __init__(self, outputs: int, rank: int, alpha: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outputs, self.rank, self.alpha = outputs, rank, alpha
        self.merged = False

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the weights: `down` random, `up` zero, so that nothing changes at first."""
        inputs = int(inputs_shape[-1] or 0)
        uniform = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        self.down = self.add_weight(shape=(inputs, self.rank), initializer=uniform, name="down")
        self.up = self.add_weight(shape=(self.rank, self.outputs), initializer="zeros", name="up")
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """Makes what is added to the outputs of the dense layer: `[rows, inputs]` -> `[rows, outputs]`."""
        scaled = tf.convert_to_tensor(self.up) * (self.alpha / self.rank)  # the smaller side of the product
        return tf.matmul(tf.matmul(inputs, tf.convert_to_tensor(self.down)), scaled)

    def change(self) -> tf.Tensor:
        """What is added to the kernel, `[inputs, outputs]` float32."""
        down, up = (tf.cast(weight.value, tf.float32) for weight in (self.down, self.up))
        return tf.matmul(down, up) * (self.alpha / self.rank)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {"outputs": self.outputs, "rank": self.rank, "alpha": self.alpha}


def add_low_rank(backbone: Any, rank: int, alpha: float) -> None:
    """Puts adapters beside all dense layers of an encoder, which computes the same until they are trained.

    Args:
        backbone: The encoder.
        rank: Of the adapters.
        alpha: Their scale times the rank.

    Raises:
        InputError: A rank below 1, or adapters that are there already.
    """
    if rank < 1:
        raise InputError(f"rank must be 1 or above. Received: {rank}")
    if low_rank_of(backbone):
        raise InputError("the model has adapters already; save it, and load what was saved")
    for layer in backbone.transformer_layers:
        layer.add_low_rank(rank, alpha)


def low_rank_of(backbone: Any) -> dict[str, LowRank]:
    """Lists the adapters of an encoder by name."""
    return {
        f"layer.{number}.{part}": adapter
        for number, layer in enumerate(backbone.transformer_layers)
        for part in PARTS
        if (adapter := layer.low_rank(part)) is not None
    }


def freeze_beside_low_rank(backbone: Any) -> None:
    """Lets the adapters of an encoder learn, and a pooler that learns already, but nothing else of it."""
    layers = [
        layer
        for layer in backbone.layers
        if layer is not backbone.pooled_dense and layer not in backbone.transformer_layers
    ]
    # Not the flag of the layers around the adapters, for it is set in all below.
    layers += [part for layer in backbone.transformer_layers for part in layer._layers if not isinstance(part, LowRank)]
    for layer in layers:
        layer.trainable = False


def merge_low_rank(backbone: Any) -> None:
    """Adds the adapters' changes to the kernels, and takes the adapters away: what is left is an ordinary encoder."""
    _add_to_kernels(backbone)
    for layer in backbone.transformer_layers:
        layer.remove_low_rank()


@contextlib.contextmanager
def merged(task: Any) -> Iterator[list[Any]]:
    """Has the adapters' changes in the kernels until the block ends, e.g. while the model is exported.

    What was traced of the model before adds the changes once more; `logits` is traced anew.

    Args:
        task: A task with or without adapters.

    Yields:
        The variables of the task without its adapters.
    """
    adapters = low_rank_of(task.backbone).values()
    own = {id(variable) for adapter in adapters for variable in adapter.variables}
    kernels = (
        [layer.dense_of(part).kernel for layer in task.backbone.transformer_layers for part in PARTS]
        if adapters
        else []
    )
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
            kernel.assign(value)  # as it was to the last bit
        task.trace()


def _add_to_kernels(backbone: Any) -> None:
    for layer in backbone.transformer_layers:
        for part in PARTS:
            adapter, kernel = layer.low_rank(part), layer.dense_of(part).kernel
            if adapter is not None:
                kernel.assign_add(tf.reshape(adapter.change(), kernel.shape))
