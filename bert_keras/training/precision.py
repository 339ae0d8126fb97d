"""Chooses the floating point format of a training."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import tensorflow as tf

from bert_keras.errors import InputError

_WORTH_IT = 1.3  # below it, the parts of a step that stay in float32 cancel the gain
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
_SHAPE = (512, 768, 768)  # the tokens of a small batch times a kernel of BERT-base
_TRIALS = 5
_CHAIN = 50  # products on a GPU, of which one by itself would take as long as to start it


@dataclass(frozen=True)
class Precision:
    """A floating point format.

    Attributes:
        name: The name, "float32" or "bfloat16".
        policy: The Keras dtype policy, in which weights stay in float32.
        why: The reason for the choice, for the user.
    """

    name: str
    policy: str
    why: str


def choose_precision(wanted: Literal["auto", "float32", "bfloat16"]) -> Precision:
    """Chooses the floating point format of a training.

    Args:
        wanted: The format. "auto" measures matrix products in both formats, in a fraction of a second, and chooses
            bfloat16 if it is at least 1.3 times as fast.

    Returns:
        The format, and the reason for the choice.

    Raises:
        InputError: The name is none of these.
    """
    if wanted == "auto":
        ratio = _speed_of_bfloat16()
        name = "bfloat16" if ratio >= _WORTH_IT else "float32"
        return Precision(name, _POLICIES[name], _sentence(name, ratio))
    if wanted not in _POLICIES:
        raise InputError(f"precision must be auto, float32 or bfloat16. Received: {wanted!r}")
    return Precision(wanted, _POLICIES[wanted], f"{wanted}: as asked for")


def _sentence(name: str, ratio: float) -> str:
    if ratio >= 1:
        speed = f"bfloat16's matrix products are {ratio:.1f} times as fast as float32's here"
    else:
        speed = f"float32's matrix products are {1 / ratio:.1f} times as fast as bfloat16's here"
    return f"{name}: {speed}"


def _speed_of_bfloat16() -> float:
    """Returns the speed of bfloat16 matrix products as a multiple of float32's, from the best of alternating trials."""
    count = _CHAIN if tf.config.get_visible_devices("GPU") else 1
    products = {name: _chain(name, count) for name in _POLICIES}
    for product in products.values():
        product()
    times = [{name: _seconds(product) for name, product in products.items()} for _ in range(_TRIALS)]
    return min(time["float32"] for time in times) / min(time["bfloat16"] for time in times)


def _chain(dtype: str, count: int) -> Callable[[], tf.Tensor]:
    """Returns a function that multiplies matrices one after the other, each by the result of the one before."""
    rows, inner, columns = _SHAPE
    left, right = tf.ones([rows, inner], dtype), tf.fill([inner, columns], tf.cast(1 / inner, dtype))

    def multiply() -> tf.Tensor:
        result = left
        for _ in range(count):
            result = tf.matmul(result, right)
        return tf.reduce_sum(result)

    return tf.function(multiply, autograph=False)


def _seconds(product: Callable[[], tf.Tensor]) -> float:
    begin = time.perf_counter()
    product().numpy()
    return time.perf_counter() - begin
