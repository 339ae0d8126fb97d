"""Progress bars for what takes long."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Self

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_FIGURES_OF = 50  # steps: the last ones, whose mean is shown
_SECONDS_A_LINE = 60.0  # where there is no terminal


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
        BarColumn(bar_width=20),
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


@dataclass(frozen=True)
class _Step:
    """A step that is done: when, and its logs."""

    at: float
    logs: dict[str, Any]


class TrainingProgress(keras.callbacks.Callback):
    """Shows a training as it goes.

    A bar over the whole training has loss and metric (means of the last steps), examples and tokens a second and the
    time left; each epoch leaves a line. Where there is no terminal, a line a minute stands for the bar. A training that
    is resumed in the midst of an epoch goes on from there. Use it as a context around the training, so that an error
    does not leave the bar on the screen.

    Args:
        console: Where.
        rows: Rows of an epoch.
        batch_size: Rows of a step.
        epochs: Number of epochs.
    """

    def __init__(self, console: Console, rows: int, batch_size: int, epochs: int) -> None:
        super().__init__()
        self._console, self._rows, self._batch_size, self._epochs = console, rows, batch_size, epochs
        self._bar = progress(console)
        self._task: TaskID | None = None
        self._steps: deque[_Step] = deque(maxlen=_FIGURES_OF)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begins an epoch."""
        self._epoch, self._begin = epoch, time.monotonic()
        self._line_at = self._begin + _SECONDS_A_LINE
        self._steps.clear()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Begins the bar, at the step that the training begins or goes on with."""
        if not self._steps:
            self._steps.append(_Step(time.monotonic(), {}))
        if self._task is None:
            self._task = self._bar.add_task("", total=self._rows * self._epochs, completed=self._done(batch), note="")
        self._bar.update(self._task, description=f"epoch {self._epoch + 1}/{self._epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar."""
        now = time.monotonic()
        self._steps.append(_Step(now, logs or {}))
        done = self._done(batch + 1)
        if self._task is not None:
            self._bar.update(self._task, completed=done, note=self._figures())
        if not self._console.is_terminal and now >= self._line_at:
            self._line_at = now + _SECONDS_A_LINE
            self._console.print(f"epoch {self._epoch + 1}/{self._epochs}  {self._plain(done)}")

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Says that dev is being measured."""
        if self._task is not None:
            self._bar.update(self._task, note="measuring dev")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Leaves a line with the epoch's figures."""
        figures = "  ".join(f"{name.replace('val_', 'dev ')} {value:.4f}" for name, value in (logs or {}).items())
        self._console.print(f"epoch {epoch + 1}/{self._epochs}  {figures}  {time.monotonic() - self._begin:.0f} s")

    def _done(self, steps: int) -> int:
        """Rows of the whole training that are done after some steps of this epoch."""
        return self._epoch * self._rows + min(self._rows, steps * self._batch_size)

    def _figures(self) -> str:
        """Means over the last steps of what is no number of rows or rate, and tokens a second."""
        steps = [step.logs for step in self._steps if step.logs]
        shown = (
            [name for name in steps[0] if name not in ("gradient_norm", "learning_rate", "rows", "tokens")]
            if steps
            else []
        )
        means = [f"{name} {sum(step[name] for step in steps) / len(steps):.4f}" for name in shown]
        return "  ".join([*means, f"{self._a_second('tokens'):,.0f} tokens/s"])

    def _plain(self, done: int) -> str:
        total, speed = self._rows * self._epochs, self._a_second("rows")
        left = time.strftime("%H:%M:%S", time.gmtime((total - done) / max(speed, 1e-9)))
        return f"{done:,}/{total:,} rows  {self._figures()}  {speed:,.0f} examples/s  {left} left"

    def _a_second(self, what: str) -> float:
        """Rows or tokens a second over the last steps."""
        first, *others = self._steps
        return sum(step.logs.get(what, 0) for step in others) / max(self._steps[-1].at - first.at, 1e-9)
