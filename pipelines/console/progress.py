"""Progress bars for long computations."""

import contextlib
import functools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import keras
from rich.console import Console
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bert_keras.reporting.names import score

_FIGURES_OF = 50  # shown values are averages over this many steps
_WIDEST = 1000  # columns that no line of figures reaches
_SECONDS_A_LINE = 60.0  # the time between two lines of output if the console is not a terminal


class _Rate(ProgressColumn):
    """The number of rows per second."""

    def render(self, task: Any) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="cyan")


class _Tokens(ProgressColumn):
    """The number of tokens per second, of tasks that tell it."""

    def render(self, task: Any) -> Text:
        return Text(task.fields.get("tokens", ""))


class _Left(TimeRemainingColumn):
    """The time that is left, said to be that."""

    def render(self, task: Any) -> Text:
        left = super().render(task)
        return left.append(" left", style="dim") if left else left


class _FittingProgress(Progress):
    """Leaves out columns, the least needed first, until a line fits the terminal: figures are never cut."""

    def __init__(
        self, console: Console, columns: Sequence[ProgressColumn], give_way: Sequence[ProgressColumn], **settings: Any
    ) -> None:
        self._for, self._all, self._give_way = console, columns, give_way  # before the base class, which draws once
        super().__init__(*columns, console=console, **settings)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """Returns the table of the tasks with the columns that fit."""
        tasks, unbounded = list(tasks), self._for.options.update(max_width=_WIDEST)
        for count in range(len(self._give_way) + 1):
            self.columns = tuple(column for column in self._all if column not in self._give_way[:count])
            table = super().make_tasks_table(tasks)
            if Measurement.get(self._for, unbounded, table).maximum <= self._for.width:
                break
        return table


def progress(console: Console) -> Progress:
    """Creates a progress bar that counts rows.

    Args:
        console: The console to draw on. Nothing is drawn if it is not a terminal.

    Returns:
        The progress bar, a context manager.
    """
    bar, elapsed, rate, tokens = BarColumn(bar_width=20), TimeElapsedColumn(), _Rate(), _Tokens()
    count = MofNCompleteColumn()
    what, note = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[note]}"))
    return _FittingProgress(
        console,
        (what, bar, count, rate, note, tokens, elapsed, _Left()),
        give_way=(bar, elapsed, rate, tokens, count),
        disable=not console.is_terminal,
        transient=True,
    )


@contextlib.contextmanager
def counted_rows(
    console: Console, description: str, total: int | None = None, *, visible: bool = True
) -> Iterator[Callable[[int], None]]:
    """Shows a progress bar while the body of the `with` statement runs.

    Args:
        console: The console to draw on. Nothing is drawn if it is not a terminal.
        description: The text before the bar.
        total: The number of rows; `None` if it is not known.
        visible: Whether the bar is drawn.

    Yields:
        A function that takes the number of rows that were processed since its last call.
    """
    with progress(console) as bar:
        yield functools.partial(bar.advance, bar.add_task(description, total=total, note="", visible=visible))


@dataclass(frozen=True)
class _Step:
    """A finished optimizer step: its time on the monotonic clock in seconds, and its logs."""

    at: float
    logs: dict[str, Any]


class TrainingProgress(keras.callbacks.Callback):
    """Shows the progress of a training.

    One bar covers the whole training and shows loss and metric (means over the last steps), examples and tokens per
    second, and the remaining time; each epoch prints a line. If the console is not a terminal, a line per minute
    replaces the bar. The bar of a resumed training starts at the step with which the training continues. The callback
    is a context manager to be entered around the training, so that an error does not leave the bar on the screen.

    Args:
        console: The console to draw on.
        rows: The number of rows per epoch.
        batch_size: The number of rows per optimizer step.
        epochs: The number of epochs.
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
        """Resets the averages and the clock for a new epoch."""
        self._epoch, self._begin = epoch, time.monotonic()
        self._line_at = self._begin + _SECONDS_A_LINE
        self._steps.clear()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Creates the bar at the first step of the training, also of a resumed one, and shows the epoch."""
        if not self._steps:
            self._steps.append(_Step(time.monotonic(), {}))
        if self._task is None:
            total, done = self._rows * self._epochs, self._done(batch)
            self._task = self._bar.add_task("", total=total, completed=done, note="building the graph")
        self._bar.update(self._task, description=f"epoch {self._epoch + 1}/{self._epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Advances the bar, or prints a line if the console is not a terminal and a minute has passed."""
        now = time.monotonic()
        self._steps.append(_Step(now, logs or {}))
        done = self._done(batch + 1)
        if self._task is not None:
            self._bar.update(self._task, completed=done, note=self._figures(), tokens=self._tokens())
        if not self._console.is_terminal and now >= self._line_at:
            self._line_at = now + _SECONDS_A_LINE
            self._console.print(f"epoch {self._epoch + 1}/{self._epochs}  {self._plain(done)}")

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Shows that the development split is being evaluated."""
        if self._task is not None:
            self._bar.update(self._task, note="measuring dev")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Prints a line with the metrics and the duration of the epoch."""
        figures = "  ".join(f"{name.replace('val_', 'dev ')} {score(value)}" for name, value in (logs or {}).items())
        self._console.print(f"epoch {epoch + 1}/{self._epochs}  {figures}  {time.monotonic() - self._begin:.0f} s")

    def _done(self, steps: int) -> int:
        """Returns the number of rows processed since the start of the training, after `steps` steps of this epoch."""
        return self._epoch * self._rows + min(self._rows, steps * self._batch_size)

    def _figures(self) -> str:
        """Returns the means of loss and metric over the last steps as text."""
        steps = [step.logs for step in self._steps if step.logs]
        shown = (
            [name for name in steps[0] if name not in ("gradient_norm", "learning_rate", "rows", "tokens")]
            if steps
            else []
        )
        return "  ".join(f"{name} {score(sum(step[name] for step in steps) / len(steps))}" for name in shown)

    def _tokens(self) -> str:
        return f"{self._a_second('tokens'):,.0f} tokens/s"

    def _plain(self, done: int) -> str:
        total, speed = self._rows * self._epochs, self._a_second("rows")
        left = time.strftime("%H:%M:%S", time.gmtime((total - done) / max(speed, 1e-9)))
        return f"{done:,}/{total:,} rows  {self._figures()}  {self._tokens()}  {speed:,.0f} examples/s  {left} left"

    def _a_second(self, what: str) -> float:
        """Returns the number of rows or tokens per second over the last steps."""
        first, *others = self._steps
        return sum(step.logs.get(what, 0) for step in others) / max(self._steps[-1].at - first.at, 1e-9)
