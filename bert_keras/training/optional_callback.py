"""A callback that cannot end a training."""

from collections.abc import Callable
from typing import Any

import keras

from bert_keras.runtime.going_on import going_on


class OptionalCallback(keras.callbacks.Callback):
    """Calls another callback until that fails; then a warning says why, and the training goes on without it.

    It is meant for logs and pictures. A failure to make the callback is treated in the same way.

    Args:
        what: What the callback makes, for the warning, e.g. `the log of attention`.
        make: A function that makes the callback.
    """

    def __init__(self, what: str, make: Callable[[], keras.callbacks.Callback]) -> None:
        super().__init__()
        self._what = what
        self._callback: keras.callbacks.Callback | None = None
        with going_on(what):
            self._callback = make()

    def _call(self, method: str, *arguments: Any) -> None:
        callback, self._callback = self._callback, None  # restored unless it fails
        if callback is not None:
            with going_on(self._what):
                getattr(callback, method)(*arguments)
                self._callback = callback

    def set_params(self, params: Any) -> None:
        """Passes the settings of the training on."""
        super().set_params(params)
        self._call("set_params", params)

    def set_model(self, model: keras.Model) -> None:
        """Passes the model on."""
        super().set_model(model)
        self._call("set_model", model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Calls the callback."""
        self._call("on_test_end", logs)
