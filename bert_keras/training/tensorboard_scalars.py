"""Logs the scalars of a training to TensorBoard."""

import time
from pathlib import Path
from typing import Any

import keras

from bert_keras.event_files.writer import EventWriter

_COUNTS = ("rows", "tokens")


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes the training metrics with rows and tokens per second by step, and the development metrics by epoch.

    Steps are counted by the optimizer, so a resumed training continues its curves. In Keras' own `fit` the values of a
    step are means since the start of the epoch.

    Args:
        folder: The folder for event files, which are written to its subfolders `train/` and `dev/`.
        every: The number of steps between two points of the training curves.
        dev: The writer of the development metrics, which may write other things beside them; default: one of its own.
    """

    def __init__(self, folder: str | Path, every: int = 10, dev: EventWriter | None = None) -> None:
        super().__init__()
        self._train, self._dev = EventWriter(Path(folder, "train")), dev or EventWriter(Path(folder, "dev"))
        self._every = every

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Restarts the measurement of speed."""
        self._restart()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes a point of the training curves if one is due."""
        logs = logs or {}
        for name in _COUNTS:
            self._done[name] += logs.get(name, 0)
        step = optimizer_step(self.model)
        if step % self._every == 0:
            rate = {"learning_rate": float(self.model.optimizer.learning_rate)}
            numbers = {name: float(value) for name, value in logs.items() if name not in _COUNTS}
            self._train.scalars(step, rate | numbers | self._speed())
            self._restart()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the development metrics."""
        measured = {
            name.removeprefix("val_"): float(value) for name, value in (logs or {}).items() if name.startswith("val_")
        }
        if measured:
            self._dev.scalars(optimizer_step(self.model), measured)

    def _restart(self) -> None:
        self._begin = time.perf_counter()
        self._done = dict.fromkeys(_COUNTS, 0)

    def _speed(self) -> dict[str, float]:
        seconds = time.perf_counter() - self._begin
        names = {"rows": "examples_per_second", "tokens": "tokens_per_second"}
        return {names[name]: count / seconds for name, count in self._done.items() if count}


def optimizer_step(model: keras.Model) -> int:
    """Returns the number of steps that a model's optimizer has made, including those before a resume.

    Args:
        model: A compiled model.

    Returns:
        The number of steps.
    """
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))
