import io
import re

import pytest
from rich.console import Console
from rich.progress import Task

from pipelines.console import progress as module
from pipelines.console.progress import TrainingProgress, progress

LOGS = {"accuracy": 0.5, "loss": 1.25, "gradient_norm": 3.0, "learning_rate": 1e-5, "rows": 8, "tokens": 100}


class Clock:
    """Seconds that pass by a given number at each look."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 0.0, step

    def monotonic(self) -> float:
        self.now += self._step
        return self.now


def train(console: Console, first_epoch: int = 0, first_batch: int = 0) -> None:
    """What a callback is told in a training of two epochs of three batches, 20 rows each, or in what is left of it."""
    with TrainingProgress(console, rows=20, batch_size=8, epochs=2) as bar:
        for epoch in range(first_epoch, 2):
            bar.on_epoch_begin(epoch)
            for batch in range(first_batch if epoch == first_epoch else 0, 3):
                bar.on_train_batch_begin(batch)
                bar.on_train_batch_end(batch, LOGS | {"rows": 4 if batch == 2 else 8})
                bar._bar.refresh()  # it would by itself ten times a second
            bar.on_test_begin()
            bar._bar.refresh()
            bar.on_epoch_end(epoch, {"accuracy": 0.75, "loss": 0.5, "val_accuracy": 1.0, "val_loss": 0.25})


def terminal(file: io.StringIO) -> Console:
    return Console(file=file, width=170, force_terminal=True, color_system=None, soft_wrap=True)


def test_a_file_gets_a_line_an_epoch_and_no_bar() -> None:
    file = io.StringIO()
    train(Console(file=file, width=40, soft_wrap=True))
    figures = r"accuracy 0\.7500  loss 0\.5000  dev accuracy 1\.0000  dev loss 0\.2500  0 s"
    assert re.fullmatch(rf"epoch 1/2  {figures}\nepoch 2/2  {figures}\n", file.getvalue())


def test_a_file_of_a_long_training_gets_a_line_a_minute_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "monotonic", Clock(40).monotonic)
    file = io.StringIO()
    train(Console(file=file, width=40, soft_wrap=True))
    lines = file.getvalue().splitlines()
    # An epoch begins at 40 s, its first batch at 80 and ends at 120; the others end 40 s after one another.
    assert lines[0] == "epoch 1/2  8/40 rows  accuracy 0.5000  loss 1.2500  2 tokens/s  0 examples/s  00:02:40 left"
    assert lines[1] == "epoch 1/2  20/40 rows  accuracy 0.5000  loss 1.2500  2 tokens/s  0 examples/s  00:02:00 left"
    assert lines[2].startswith("epoch 1/2  accuracy 0.7500")
    assert len(lines) == 6


def test_a_terminal_sees_loss_metric_rates_and_rows_of_the_whole_training() -> None:
    file = io.StringIO()
    train(terminal(file))
    shown = file.getvalue()
    assert re.search(r"epoch 1/2 .* 8/40 .* accuracy 0\.5000  loss 1\.2500 [\d,]+ tokens/s .* left", shown)
    assert [int(rows) for rows in dict.fromkeys(re.findall(r"(\d+)/40", shown))] == [0, 8, 16, 20, 28, 36, 40]
    assert "measuring dev" in shown
    assert "gradient_norm" not in shown
    assert len(re.findall(r"epoch \d/2  accuracy 0\.7500", shown)) == 2
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        (140, r"epoch 1/2 ━+ +8/20 4/s loss 1\.2500  accuracy 0\.5000 12,345 tokens/s -:--:-- 0:00:03 left"),
        (80, r"epoch 1/2  8/20 4/s loss 1\.2500  accuracy 0\.5000 12,345 tokens/s 0:00:03 left"),
        (60, r"epoch 1/2  8/20 loss 1\.2500  accuracy 0\.5000 0:00:03 left"),
        (52, r"epoch 1/2 loss 1\.2500  accuracy 0\.5000 0:00:03 left"),
    ],
)
def test_in_a_narrow_terminal_the_bar_gives_way_and_no_figure_is_cut(
    width: int, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Task, "speed", 4.0)
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    bar = progress(console)
    bar.add_task(
        "epoch 1/2", total=20, completed=8, start=False, note="loss 1.2500  accuracy 0.5000", tokens="12,345 tokens/s"
    )
    console.print(bar.get_renderable())
    assert re.search(wanted, file.getvalue())
    assert "…" not in file.getvalue()


def test_a_resumed_training_goes_on_in_the_midst_of_its_epoch() -> None:
    file = io.StringIO()
    train(terminal(file), first_epoch=1, first_batch=2)
    assert [int(rows) for rows in dict.fromkeys(re.findall(r"(\d+)/40", file.getvalue()))] == [36, 40]
    assert "epoch 1/2" not in file.getvalue()
    assert len(re.findall(r"epoch 2/2  accuracy 0\.7500", file.getvalue())) == 1


def test_what_was_done_before_a_resumption_does_not_count_as_speed() -> None:
    with TrainingProgress(terminal(io.StringIO()), rows=1_000_000, batch_size=8, epochs=2) as bar:
        bar.on_epoch_begin(1)
        bar.on_train_batch_begin(50_000)
        task = bar._bar.tasks[0]
        assert (task.completed, task.total, task.speed) == (1_400_000, 2_000_000, None)


def test_the_figures_are_means_of_the_last_steps() -> None:
    with TrainingProgress(terminal(io.StringIO()), rows=10_000, batch_size=8, epochs=1) as bar:
        bar.on_epoch_begin(0)
        for batch in range(200):
            bar.on_train_batch_begin(batch)
            bar.on_train_batch_end(batch, LOGS | {"loss": 9.0 if batch < 150 else 1.0 + batch % 2})
        assert "loss 1.5000" in bar._bar.tasks[0].fields["note"]


def test_an_error_in_a_training_gives_the_cursor_back() -> None:
    file = io.StringIO()
    with (
        pytest.raises(ZeroDivisionError),
        TrainingProgress(Console(file=file, force_terminal=True), rows=20, batch_size=8, epochs=2) as bar,
    ):
        bar.on_epoch_begin(0)
        raise ZeroDivisionError
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1


def test_a_description_is_shown_as_it_stands() -> None:
    file = io.StringIO()
    with progress(Console(file=file, width=140, force_terminal=True, color_system=None)) as bar:
        bar.add_task("[bold]dev[/] [/]", total=3, note="[red]x[/]")
    assert "[bold]dev[/] [/]" in file.getvalue()
    assert "[red]x[/]" in file.getvalue()
