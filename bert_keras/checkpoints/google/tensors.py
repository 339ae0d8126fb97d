"""Reads the tensors of a TensorFlow checkpoint, one at a time, in the layout of Hugging Face."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.errors import CheckpointError

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
"""The end of the name of each variable in an object-based checkpoint, which `tf.train.Checkpoint` writes."""
# The errors of TensorFlow's reader for broken files; a truncated file raises an IndexError.
_READ_ERRORS = (tf.errors.OpError, ValueError, IndexError)


class GoogleTensors(LazyTensors):
    """The tensors of a TensorFlow checkpoint of BERT by Hugging Face's names, without the optimizer's variables.

    Args:
        prefix: The path of the checkpoint without `.index`.
        names: A function from the names in the checkpoint to a mapping from Hugging Face's names to them.

    Raises:
        CheckpointError: The checkpoint cannot be read, or holds no BERT.
    """

    _stored: dict[str, str]

    def __init__(self, prefix: Path, names: Callable[[list[str]], dict[str, str]]) -> None:
        self._prefix = prefix
        try:
            self._reader = tf.train.load_checkpoint(str(prefix))
            stored = sorted(self._reader.get_variable_to_shape_map())
        except _READ_ERRORS as error:
            raise CheckpointError(
                f"{prefix}: no TensorFlow checkpoint that can be read ({_first_line(error)})"
            ) from error
        self._stored = names(stored)
        if not self._stored:
            raise CheckpointError(
                f"{prefix}: no BERT of Google's code or of TF Model Garden. Received: {len(stored)} variables, first "
                f"{min(stored, default='none')}"
            )

    def __getitem__(self, name: str) -> np.ndarray:
        stored = self._stored[name]
        try:
            tensor = self._reader.get_tensor(stored)
        except _READ_ERRORS as error:
            raise CheckpointError(f"{self._prefix}: tensor {stored} cannot be read ({_first_line(error)})") from error
        bare = stored.removesuffix(VALUE)
        if bare.endswith("/bias"):
            return tensor.reshape(-1)  # [heads, size] in the attention layers of Model Garden
        if not bare.endswith("/kernel"):
            return tensor
        if tensor.ndim == 3:  # [hidden, heads, size], and the other way round behind the attention
            edge = (-1, tensor.shape[2]) if "_output_dense" in bare else (tensor.shape[0], -1)
            tensor = tensor.reshape(edge)
        return tensor.T


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
