"""The number format to compute in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import tensorflow as tf

from bert_keras.errors import InputError

_WORTH_IT = 1.3  # below that the rest of a step, which stays in float32, eats the gain
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
_SHAPE = (512, 768, 768)  # rows of a small batch times a layer of BERT-base
_TRIALS = 5


@dataclass(frozen=True)
class Precision:
    """A number format.

    Attributes:
        name: "float32" or "bfloat16".
        policy: Keras' name for it, where weights stay in float32.
        why: A sentence for people.
    """

    name: str
    policy: str
    why: str


def choose_precision(wanted: Literal["auto", "float32", "bfloat16"]) -> Precision:
    """Chooses the number format of a training.

    Args:
        wanted: "auto" measures the matrix product in both, which takes a fraction of a second, and takes bfloat16 where
            it is at least 1.3 times as fast.

    Returns:
        The format, and why it was chosen.

    Raises:
        InputError: Another name.
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
    """How many times as fast as float32 the matrix product is in bfloat16; the two in turn, the best time of each."""
    rows, inner, columns = _SHAPE
    products: dict[str, Callable[[], tf.Tensor]] = {}
    for name in _POLICIES:
        left, right = tf.ones([rows, inner], name), tf.ones([inner, columns], name)
        products[name] = tf.function(
            lambda left=left, right=right: tf.reduce_sum(tf.matmul(left, right)), autograph=False
        )
        products[name]()
    times = [{name: _seconds(product) for name, product in products.items()} for _ in range(_TRIALS)]
    return min(time["float32"] for time in times) / min(time["bfloat16"] for time in times)


def _seconds(product: Callable[[], tf.Tensor]) -> float:
    begin = time.perf_counter()
    product().numpy()
    return time.perf_counter() - begin
