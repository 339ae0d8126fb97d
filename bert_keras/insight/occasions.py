"""When a training is looked at: before it, at each epoch or every so many steps, and after it."""

from typing import Any, Literal

import keras

from bert_keras.errors import InputError


class Occasions(keras.callbacks.Callback):
    """A callback that writes something now and then; a subclass says what, in `_write`.

    Args:
        every: "epoch", or a number of the optimizer's steps.

    Raises:
        InputError: A number of steps below 1, or something else.
    """

    def __init__(self, every: int | Literal["epoch"]) -> None:
        super().__init__()
        if every != "epoch" and (not isinstance(every, int) or every < 1):
            raise InputError(f'every must be "epoch" or a number of steps from 1. Received: {every!r}')
        self._every = every
        self._seen = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Writes what there is before the first step."""
        self._seen = self._step()
        self._write()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes where steps are counted and one is due."""
        if self._every == "epoch":
            return
        before, self._seen = self._seen, self._step()
        if self._seen // self._every > before // self._every:
            self._occasion()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes where epochs are counted."""
        if self._every == "epoch":
            self._occasion()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Writes what the training has led to."""
        self._write()

    def _step(self) -> int:
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _occasion(self) -> None:
        self._write()

    def _write(self) -> None:
        raise TypeError(f"{type(self).__name__} does not say what to write")
