"""An optimizer step whose loss compares all rows of several workers with one another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.data import Batch
from bert_keras.training.shared_step import SharedStep
from bert_keras.training.step import Gradient


class SharedContrast(SharedStep):
    """Trains a model by one optimizer step per call, whose loss compares the rows of all workers with one another.

    Each worker computes the vectors of its rows, gets those of all others, and computes the loss of all of them. Of the
    gradient by these vectors it takes that of its own through the model; so the sum over the workers, which
    `SharedStep` takes, is the gradient of one process with all rows. The loss and the sums of the metric are told by
    worker 0 alone.

    Args:
        *args: The arguments of `SharedStep`.
        **kwargs: The arguments of `SharedStep`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inputs, targets, rows = self._signature
        of_all = [targets, tf.TensorSpec([None, None], tf.float32), rows]
        self._vectors = tf.function(self._run_all, input_signature=[inputs], autograph=False)
        self._compared = tf.function(self._compare, input_signature=of_all, autograph=False)

    def _run_all(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.cast(self._joined(inputs), tf.float32)

    def _own(self, passes: Sequence[Batch], rows: np.float32) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        if not passes:
            self._workers.gathered(np.int64(0).tobytes())  # the others have rows to compare
        return super()._own(passes, rows)

    def _accumulated(self, passes: Sequence[Batch], rows: np.float32) -> tuple[list[Gradient], tf.Tensor]:
        ((inputs, targets),) = passes  # what is compared is never cut
        with tf.GradientTape() as tape:
            vectors = self._vectors(inputs)
        gradient, sums = self._of_all(targets, vectors.numpy(), rows)
        gradients = tape.gradient(vectors, self._variables, output_gradients=tf.constant(gradient))
        return gradients, sums if self._workers.first else tf.zeros_like(sums)

    def _of_all(self, targets: np.ndarray, vectors: np.ndarray, rows: np.float32) -> tuple[np.ndarray, tf.Tensor]:
        """Returns the gradient of the loss of all rows by this worker's vectors; and that loss and the metric's sums.

        The vectors of each worker are those of all its first texts, then those of all its second ones, and so on.
        """
        own, size = len(targets), vectors.shape[1]
        texts = len(vectors) // own
        messages = self._workers.gathered(np.int64(own).tobytes(), np.ascontiguousarray(targets), vectors)
        counts = [int(np.frombuffer(message, np.int64, 1)[0]) for message in messages]
        of_targets, of_vectors = [], []
        for message, count in zip(messages, counts, strict=True):
            shape = (count, *targets.shape[1:])
            there = np.frombuffer(message, targets.dtype, int(np.prod(shape)), np.int64().nbytes)
            of_targets.append(there.reshape(shape))
            length = count * texts * size
            floats = np.frombuffer(message, np.float32, length, np.int64().nbytes + there.nbytes)
            of_vectors.append(floats.reshape(texts, count, size))
        of_all = np.concatenate(of_vectors, axis=1).reshape(-1, size)
        gradient, sums = self._compared(tf.constant(np.concatenate(of_targets)), tf.constant(of_all), rows)
        first = sum(counts[: self._workers.rank])
        mine = gradient.numpy().reshape(texts, -1, size)[:, first : first + own]
        return mine.reshape(-1, size), sums

    def _compare(self, targets: tf.Tensor, vectors: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            loss = tf.reduce_sum(self._loss(targets, vectors)) / rows
        sums = tf.concat([loss[tf.newaxis], self._metric.counts(targets, vectors)], axis=0)
        return tape.gradient(loss, vectors), sums
