"""An optimizer step whose rows are shared out to several workers."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from bert_keras.data import Batch
from bert_keras.errors import WorkerError
from bert_keras.runtime.custom_gradients import forgotten_gradients
from bert_keras.training.optimizer import rows_summed
from bert_keras.training.seeds import dropout_states, seeds_of_step
from bert_keras.training.step import Gradient, StepFigures, TrainingStep, told
from bert_keras.workers import Workers

_ROUNDING = 1e-4  # by which processors of several kinds may differ

GradientType = Literal["float32", "bfloat16"]


class SharedStep(TrainingStep):
    """Trains a model by one optimizer step per call, of which each worker computes the gradients of some rows.

    The gradients are summed over the workers and then clipped and applied by each of them, so that all have the same
    weights, and the step is that of one process with all rows. Of an embedding only the rows in the batch are sent.
    Dropout draws from the seed, the step and the rank: a resumed training goes on with the same bits.

    Args:
        workers: The workers.
        seed: The seed of dropout.
        gradient_type: The format in which dense gradients are sent; they are added in float32.
        *args: The arguments of `TrainingStep`.
        **kwargs: The arguments of `TrainingStep`.

    Attributes:
        sent: The number of bytes that this worker sent in all steps.
        steps: The number of steps.
    """

    def __init__(self, workers: Workers, seed: int, gradient_type: GradientType, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._workers, self._seed, self._type = workers, seed, tf.as_dtype(gradient_type)
        self._sparse: list[bool] = []
        self._norm = 0.0
        self.sent = self.steps = 0
        self._states = dropout_states(self._model)
        self._reseeded = tf.function(
            self._assign, input_signature=[tf.TensorSpec([len(self._states), 2], tf.uint32)], autograph=False
        )

    def _begin(self, gradients: list[Any], sums: Any) -> None:
        """Notes which gradients are dense, and which the slices of a table.

        Args:
            gradients: The gradients of a first batch, or their specs.
            sums: The sums of the batch, or their spec.
        """
        self._sparse = [isinstance(of, tf.IndexedSlices | tf.IndexedSlicesSpec) for of in gradients]
        pairs = list(zip(self._variables, self._sparse, strict=True))
        self._tables, self._dense = ([of for of, sparse in pairs if sparse is kind] for kind in (True, False))
        self._sizes = [int(np.prod(variable.shape)) for variable in self._dense]
        self._count = int(sums.shape[0])
        signature = [
            tf.TensorSpec([sum(self._sizes)], self._type),
            [tf.TensorSpec([None], tf.int64) for _ in self._tables],
            [tf.TensorSpec([None, *table.shape[1:]], tf.float32) for table in self._tables],
            tf.TensorSpec([self._count], tf.float32),
        ]
        self._packed = tf.function(self._pack, autograph=False, reduce_retracing=True)
        self._unpacked = tf.function(self._unpack, input_signature=signature, autograph=False)

    def __call__(self, passes: Sequence[Batch], rows: int | None = None) -> StepFigures:
        """Runs one optimizer step.

        Args:
            passes: The batches of this worker; none if the step has fewer rows than there are workers.
            rows: The number of rows of all workers; required.

        Returns:
            The loss, the gradient norm, the learning rate and the sums of the metric, of all workers.

        Raises:
            WorkerError: A worker is gone, or its weights have become others.
        """
        self._seed_dropout()
        assert rows is not None
        before = self._workers.mesh.sent
        with forgotten_gradients():
            flat, slices, sums = self._own(passes, np.float32(rows))
        summed = self._workers.summed(flat)
        indices, values, sums = self._gathered(slices, sums)
        self.sent, self.steps = self.sent + self._workers.mesh.sent - before, self.steps + 1
        figures = told(self._unpacked(tf.convert_to_tensor(summed), indices, values, sums))
        self._norm = figures.gradient_norm
        return figures

    def _seed_dropout(self) -> None:
        if self._states:
            step = int(self._optimizer.iterations)
            self._reseeded(seeds_of_step(self._states, self._seed, step, self._workers.rank))

    def _assign(self, seeds: tf.Tensor) -> None:
        for state, value in zip(self._states, tf.unstack(seeds), strict=True):
            state.assign(value)

    def _own(self, passes: Sequence[Batch], rows: np.float32) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Returns the gradients of this worker: all dense ones, indices and values of each table; and the sums."""
        if not passes:
            if not self._sparse:
                self._begin(*self._part.get_concrete_function().structured_outputs)
            slices = [
                of for t in self._tables for of in (np.zeros(0, np.int64), np.zeros([0, *t.shape[1:]], np.float32))
            ]
            return np.zeros(sum(self._sizes), self._type.as_numpy_dtype), slices, np.zeros(self._count, np.float32)
        gradients, sums = self._accumulated(passes, rows)
        if not self._sparse:
            self._begin(gradients, sums)
        flat, slices, sums = self._packed(gradients, sums)
        return _shown(flat), [_shown(of) for of in slices], _shown(sums)

    def _pack(self, gradients: list[Gradient], sums: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
        dense, slices = [tf.zeros([0], self._type)], []
        for gradient in gradients:
            if isinstance(gradient, tf.IndexedSlices):
                summed = rows_summed(gradient)
                slices += [tf.cast(summed.indices, tf.int64), tf.cast(summed.values, tf.float32)]
            else:
                dense.append(tf.reshape(tf.cast(gradient, self._type), [-1]))
        return tf.concat(dense, axis=0), slices, sums

    def _gathered(
        self, slices: list[np.ndarray], sums: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Returns the slices of all workers, concatenated in the order of the ranks, and the sums of their sums."""
        head = np.array([len(of) for of in slices[::2]], np.int64)
        norm = np.float64(self._norm)
        messages = self._workers.gathered(norm.tobytes(), head, sums, *slices)
        found = [self._parsed(message) for message in messages]
        self._check([of[0] for of in found])
        indices, values = (
            [np.concatenate([of[2][2 * place + side] for of in found]) for place in range(len(self._tables))]
            for side in (0, 1)
        )
        total = found[0][1].copy()
        for of in found[1:]:
            total += of[1]
        return indices, values, total

    def _parsed(self, message: memoryview) -> tuple[float, np.ndarray, list[np.ndarray]]:
        place = 0

        def take(dtype: Any, *shape: int) -> np.ndarray:
            nonlocal place
            taken = np.frombuffer(message, dtype, int(np.prod(shape)), place).reshape(shape)
            place += taken.nbytes
            return taken

        norm, lengths, sums = take(np.float64, 1), take(np.int64, len(self._tables)), take(np.float32, self._count)
        slices = []
        for table, length in zip(self._tables, lengths.tolist(), strict=True):
            slices += [take(np.int64, length), take(np.float32, length, *table.shape[1:])]
        return float(norm[0]), sums, slices

    def _check(self, norms: list[float]) -> None:
        """Checks that all workers had the same gradients in the step before, but for the rounding of their machines."""
        other = next((rank for rank, norm in enumerate(norms) if abs(norm - norms[0]) > _ROUNDING * norms[0]), None)
        if other is not None:
            raise WorkerError(
                f"{self._workers.name(other)} computes something else than worker 0: the norm of the gradients was "
                f"{norms[other]!r} there and {norms[0]!r} here; use the same version of TensorFlow everywhere"
            )

    def _unpack(self, flat: tf.Tensor, indices: list[tf.Tensor], values: list[tf.Tensor], sums: tf.Tensor) -> tf.Tensor:
        dense = iter(zip(tf.split(flat, self._sizes), self._dense, strict=True))
        tables = iter(zip(indices, values, self._tables, strict=True))
        gradients: list[Gradient] = []
        for sparse in self._sparse:
            if sparse:
                rows, of_rows, table = next(tables)
                gradients.append(tf.IndexedSlices(of_rows, rows, tf.constant(list(table.shape), tf.int64)))
            else:
                part, variable = next(dense)
                gradients.append(tf.cast(tf.reshape(part, variable.shape), tf.float32))
        return self._change(gradients, sums)


def _shown(tensor: tf.Tensor) -> np.ndarray:
    """Returns the values of a tensor, without a copy where it is on the CPU."""
    return np.asarray(memoryview(tensor)) if tensor.dtype != tf.bfloat16 else tensor.numpy()
