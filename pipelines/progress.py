"""Progress bars for what takes long."""

import time
from typing import Any, Self

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Any) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="cyan")


def progress(console: Console) -> Progress:
    """Makes a bar that counts rows.

    Args:
        console: Where it is drawn; one that is no terminal gets nothing.

    Returns:
        The bar; use it as a context.
    """
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


class TrainingProgress(keras.callbacks.Callback):
    """Shows a training as it goes: a bar an epoch with loss, accuracy, examples a second and the time left, then a line.

    Use it as a context around the training, so that an error does not leave the bar on the screen.

    Args:
        console: Where.
        rows: Rows of an epoch.
        batch_size: Rows of a batch.
        epochs: Number of epochs.
    """

    def __init__(self, console: Console, rows: int, batch_size: int, epochs: int) -> None:
        super().__init__()
        self._console, self._rows, self._batch_size, self._epochs = console, rows, batch_size, epochs
        self._bar = progress(console)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begins an epoch's bar."""
        self._begin = time.monotonic()
        self._task = self._bar.add_task(f"epoch {epoch + 1}/{self._epochs}", total=self._rows, note="")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar."""
        done = min(self._rows, (batch + 1) * self._batch_size)
        note = "  ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        self._bar.update(self._task, completed=done, note=note)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Leaves a line with the epoch's figures in place of its bar."""
        self._bar.remove_task(self._task)
        figures = "  ".join(f"{name.replace('val_', 'dev ')} {value:.4f}" for name, value in (logs or {}).items())
        self._console.print(f"epoch {epoch + 1}/{self._epochs}  {figures}  {time.monotonic() - self._begin:.0f} s")
