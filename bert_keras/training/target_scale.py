"""The scale of a regression: training sees standardised numbers, and the model answers in the targets' own unit."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras.data import Encoded, TaughtRows
from bert_keras.data.spread import spread
from bert_keras.errors import DataError
from bert_keras.models import BertTask
from bert_keras.text import passes_by_length

_LEAST, _MOST = 1e-30, 1e30  # beyond these, products with weights would leave float32
_PROBED = 256  # rows
_PLAUSIBLE = 2.0  # deviations
_PASS = 4096  # tokens


@dataclass(frozen=True)
class TargetScale:
    """The mean and the standard deviation of the training targets.

    Attributes:
        mean: The mean, in the targets' unit.
        deviation: The population standard deviation, in the targets' unit.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, train: Encoded) -> "TargetScale":
        """Computes the scale of a training split.

        Args:
            train: The training split of a regression.

        Returns:
            The scale, whose numbers float32 holds exactly.

        Raises:
            DataError: All numbers are equal, so that there is nothing to learn, or they are too large or too close
                together for float32.
        """
        numbers = np.asarray(train.targets, np.float64)
        mean, deviation = float(numbers.mean()), float(numbers.std())
        if np.ptp(numbers) == 0:
            raise DataError(
                f"{train.name}: at least two different numbers are needed to train. Received: {len(numbers):,} rows, "
                f"all {numbers[0]:g} in float32"
            )
        if not _LEAST < deviation < _MOST or not abs(mean) < _MOST:
            raise DataError(
                f"{train.name}: numbers whose mean and deviation are from {_LEAST:g} to {_MOST:g} expected. Received: "
                f"mean {mean:g}, deviation {deviation:g}; give them in another unit"
            )
        return cls(float(np.float32(mean)), float(np.float32(deviation)))

    def standardised(self, targets: Any) -> tf.Tensor:
        """Returns targets as deviations from the mean, in standard deviations, float32."""
        return (tf.cast(targets, tf.float32) - self.mean) / self.deviation

    def folded(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        """Returns kernel and bias of a layer that gives the targets' unit, from those that give standardised numbers.

        Args:
            weights: The kernel `[inputs, 1]` and the bias `[1]`.

        Returns:
            Both, float32; the layer's output is that of before, times the deviation, plus the mean.
        """
        kernel, bias = (np.asarray(values, np.float64) for values in weights)
        return _float32(kernel * self.deviation, bias * self.deviation + self.mean)

    def unfolded(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        """Returns kernel and bias that give standardised numbers: the inverse of `folded`."""
        kernel, bias = (np.asarray(values, np.float64) for values in weights)
        return _float32(kernel / self.deviation, (bias - self.mean) / self.deviation)


class ScaledHead:
    """The last dense layer of a model in training: standardised during the steps, in the targets' unit elsewhere.

    Args:
        model: The model.
        scale: The scale of the targets; `None` if they are not numbers, when nothing is ever changed.
    """

    def __init__(self, model: BertTask, scale: TargetScale | None) -> None:
        self._model, self._scale = model, scale
        self._dense: Any = None if scale is None else model.output_dense
        self._standardised = False

    def standardise(self) -> None:
        """Marks the layer as one that gives standardised numbers, as a checkpoint of the training holds it."""
        self._standardised = self._scale is not None

    def begin(self, train: Any) -> None:
        """Makes the layer of a model that begins its training give standardised numbers.

        A new layer (its bias is zero) stays as it is. A trained one goes on giving the same numbers in the targets'
        unit; if these have nothing to do with the targets, as after training on another unit, they are standardised.

        Args:
            train: The training split.
        """
        if self._scale is not None:
            weights = self._dense.get_weights()
            if weights[1].any():
                rows = train.labelled if isinstance(train, TaughtRows) else train
                self._dense.set_weights(self._begun(weights, rows))
        self.standardise()

    def end(self) -> None:
        """Makes the layer give the targets' unit for good. Called again, it changes nothing."""
        if self._standardised and self._scale is not None:
            self._dense.set_weights(self._scale.folded(self._dense.get_weights()))
        self._standardised = False

    @contextlib.contextmanager
    def in_unit(self) -> Iterator[None]:
        """Makes the layer give the targets' unit until the block ends; then every bit is as before.

        Weights that the block itself assigns, e.g. those of a callback, are kept.
        """
        if not self._standardised or self._scale is None:
            yield
            return
        before = self._dense.get_weights()
        folded = self._scale.folded(before)
        self._dense.set_weights(folded)
        try:
            yield
        finally:
            after = self._dense.get_weights()
            same = all(np.array_equal(one, other) for one, other in zip(after, folded, strict=True))
            self._dense.set_weights(before if same else self._scale.unfolded(after))

    def _begun(self, weights: list[np.ndarray], train: Encoded) -> list[np.ndarray]:
        assert self._scale is not None
        rows = np.array(spread(len(train), _PROBED))
        passes = [rows[places] for places in passes_by_length(train.lengths[rows], _PASS)]
        probed = [self._probed(train, some) for some in passes]
        targets, given = (np.concatenate(side).astype(np.float64) for side in zip(*probed, strict=True))
        if np.square(given - targets).mean() <= (_PLAUSIBLE * self._scale.deviation) ** 2:
            return self._scale.unfolded(weights)
        return TargetScale(float(given.mean()), float(given.std()) or 1.0).unfolded(weights)

    def _probed(self, train: Encoded, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inputs, targets = train.batch(rows)
        return targets, keras.ops.convert_to_numpy(self._model.logits(inputs))[:, 0]


def _float32(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float32) for array in arrays]
