"""Dropout that draws half as many random bits as Keras', and keeps one byte per number for the backward pass."""

from typing import Any

import keras
import tensorflow as tf

_PHILOX = 1  # the random number generator that exists on every device


@keras.saving.register_keras_serializable(package="bert_keras")
class Dropout(keras.layers.Dropout):
    """Inverted dropout (Srivastava et al. 2014) with the rate rounded to a multiple of 1/65,536."""

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Applies dropout to a tensor of any shape in training, and returns it unchanged otherwise."""
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
        # Recomputes the mask from the bytes; otherwise the graph optimizer keeps the float mask of the forward pass.
        with tf.control_dependencies([dy]):
            return masked(dy)

    def masked(x: tf.Tensor) -> tf.Tensor:
        return x * (tf.cast(kept, x.dtype) * tf.cast(scale, x.dtype))

    return dropped(x)
