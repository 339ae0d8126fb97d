"""Dropout that draws half as many random bits, and keeps a byte for each number between the passes instead of four."""

from typing import Any

import keras
import tensorflow as tf

_PHILOX = 1  # the generator that each device has


@keras.saving.register_keras_serializable(package="bert_keras")
class Dropout(keras.layers.Dropout):
    """Inverted dropout (Srivastava et al. 2014); rates are rounded to a multiple of 1/65,536."""

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Drops numbers of any shape in training."""
        if not training or self.rate == 0:
            return inputs
        return _dropped(
            inputs, tf.bitcast(tf.cast(self.seed_generator.next(), tf.uint32), tf.uint64), round(self.rate * 2**16)
        )


def _dropped(x: tf.Tensor, seed: tf.Tensor, dropped_of_65536: int) -> tf.Tensor:
    shape = tf.shape(x)
    count = tf.size(x)
    words = tf.raw_ops.StatelessRandomUniformFullIntV2(
        shape=[(count + 3) // 4], key=[seed], counter=tf.zeros([2], tf.uint64), alg=_PHILOX, dtype=tf.uint64
    )
    halves = tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:count]
    kept = tf.reshape(halves, shape) >= tf.cast(dropped_of_65536, tf.uint16)
    scale = 2**16 / (2**16 - dropped_of_65536)

    @tf.custom_gradient
    def dropped(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
        return masked(x), gradient

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        # Made anew of the bytes: without this the graph optimizer keeps the forward pass' mask of floats until here.
        with tf.control_dependencies([dy]):
            return masked(dy)

    def masked(x: tf.Tensor) -> tf.Tensor:
        return x * (tf.cast(kept, x.dtype) * tf.cast(scale, x.dtype))

    return dropped(x)
