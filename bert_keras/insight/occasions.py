"""The base class of callbacks that write before a training, at each epoch or every few steps, and after it."""

from typing import Any, Literal

import keras

from bert_keras.errors import InputError


class Occasions(keras.callbacks.Callback):
    """A callback that writes something at intervals; a subclass defines what in `_write`.

    Args:
        every: "epoch", or a number of optimizer steps.

    Raises:
        InputError: `every` is neither "epoch" nor a number of steps from 1.
    """

    def __init__(self, every: int | Literal["epoch"]) -> None:
        super().__init__()
        if every != "epoch" and (not isinstance(every, int) or every < 1):
            raise InputError(f'every must be "epoch" or a number of steps from 1. Received: {every!r}')
        self._every = every
        self._seen = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Writes the state before the first step."""
        self._seen = self._step()
        self._write()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes if `every` is a number of steps and one of its multiples was reached."""
        if self._every == "epoch":
            return
        before, self._seen = self._seen, self._step()
        if self._seen // self._every > before // self._every:
            self._occasion()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes if `every` is "epoch"."""
        if self._every == "epoch":
            self._occasion()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Writes the final state."""
        self._write()

    def _step(self) -> int:
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _occasion(self) -> None:
        self._write()

    def _write(self) -> None:
        raise TypeError(f"{type(self).__name__} does not say what to write")
