"""Keeps the weights of the best epoch, on disk if there are checkpoints, otherwise in memory."""

import keras
import numpy as np

from bert_keras.models import BertTask
from bert_keras.training.checkpoint import Checkpoints, named


class BestWeights:
    """Keeps one set of a model's weights.

    Args:
        model: The model.
        checkpoints: The checkpoints to keep the weights with, so that they survive a kill. `None` keeps them in memory.
    """

    def __init__(self, model: BertTask, checkpoints: Checkpoints | None) -> None:
        self._weights: dict[str, keras.Variable] = named("model", model.weights)
        self._checkpoints = checkpoints
        self._kept: dict[str, np.ndarray] = {}

    def keep(self, epoch: int) -> None:
        """Keeps the current weights as those of an epoch, and discards those kept before."""
        if self._checkpoints is not None:
            self._checkpoints.save_best(epoch, self._weights)
        else:
            self._kept = {name: np.array(keras.ops.convert_to_numpy(weight)) for name, weight in self._weights.items()}

    def restore(self, epoch: int) -> None:
        """Restores the weights that were kept of an epoch, the last one kept."""
        if self._checkpoints is not None:
            self._checkpoints.restore_best(epoch, self._weights)
        else:
            for name, value in self._kept.items():
                self._weights[name].assign(value)
