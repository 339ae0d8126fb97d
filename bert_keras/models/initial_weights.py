"""The weights that an encoder is built with: random ones, or none yet where a loader assigns all of them."""

import contextlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import keras
import tensorflow as tf

_FOLLOW: ContextVar[bool] = ContextVar("weights_follow", default=False)


@contextlib.contextmanager
def weights_follow() -> Iterator[None]:
    """Builds the encoders in the block without drawing random numbers, which takes longer than loading weights.

    Yields:
        Nothing. The block must assign all weights of the encoder, or raise an error: until then they are arbitrary.
    """
    token = _FOLLOW.set(True)
    try:
        yield
    finally:
        _FOLLOW.reset(token)


def random_weights(initializer_range: float) -> keras.Initializer:
    """Returns the initializer of new weights, a truncated normal distribution (Devlin et al. 2019).

    Args:
        initializer_range: The standard deviation.

    Returns:
        The initializer, with a seed of its own.
    """
    return keras.initializers.TruncatedNormal(stddev=initializer_range)


def encoder_weights(initializer_range: float) -> keras.Initializer:
    """Returns the initializer of an encoder's weights: `random_weights`, or `Unset` within `weights_follow`."""
    return Unset() if _FOLLOW.get() else random_weights(initializer_range)


class Unset(keras.Initializer):
    """Allocates weights without touching their memory, so that a model that is being loaded is in memory only once."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> tf.Tensor:
        """Returns a tensor with arbitrary values."""
        return tf.raw_ops.Empty(shape=shape, dtype=tf.as_dtype(dtype or "float32"), init=False)
