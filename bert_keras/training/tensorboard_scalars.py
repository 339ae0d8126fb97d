"""Scalars of a training for TensorBoard."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes loss, accuracy and learning rate by step, and loss and accuracy on dev by epoch.

    `train/loss` and `train/accuracy` are means since the epoch began, as the progress bar shows them.

    Args:
        folder: Where the event files go: `train/` and `dev/` below it.
        every: Steps between two points of the training curves.
    """

    def __init__(self, folder: str | Path, every: int = 10) -> None:
        super().__init__()
        self._writers = {name: tf.summary.create_file_writer(str(Path(folder, name))) for name in ("train", "dev")}
        self._every = every
        self._step = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes a point of the training curves when one is due."""
        self._step += 1
        if self._step % self._every == 0:
            rate = self.model.optimizer.learning_rate
            self._write("train", {**(logs or {}), "learning_rate": keras.ops.convert_to_numpy(rate)})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes what was measured on dev."""
        self._write("dev", {name.removeprefix("val_"): value for name, value in (logs or {}).items() if name.startswith("val_")})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the files."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, name: str, values: dict[str, Any]) -> None:
        with self._writers[name].as_default():
            for tag, value in values.items():
                tf.summary.scalar(tag, float(value), step=self._step)
