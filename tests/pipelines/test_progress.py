import io
import re

import pytest
from rich.console import Console

from pipelines.progress import TrainingProgress, progress


def train(console: Console) -> None:
    """What Keras tells a callback in a training of two epochs of three batches, 20 rows each."""
    with TrainingProgress(console, rows=20, batch_size=8, epochs=2) as bar:
        for epoch in range(2):
            bar.on_epoch_begin(epoch)
            for batch in range(3):
                bar.on_train_batch_end(batch, {"accuracy": 0.5, "loss": 1.25})
                bar._bar.refresh()  # it would by itself ten times a second
            bar.on_epoch_end(epoch, {"accuracy": 0.75, "loss": 0.5, "val_accuracy": 1.0, "val_loss": 0.25})


def test_a_file_gets_a_line_an_epoch_and_no_bar() -> None:
    file = io.StringIO()
    train(Console(file=file, width=40, soft_wrap=True))
    figures = r"accuracy 0\.7500  loss 0\.5000  dev accuracy 1\.0000  dev loss 0\.2500  0 s"
    assert re.fullmatch(rf"epoch 1/2  {figures}\nepoch 2/2  {figures}\n", file.getvalue())


def test_a_terminal_sees_loss_and_rows_as_they_go_and_keeps_a_line_an_epoch() -> None:
    file = io.StringIO()
    train(Console(file=file, width=140, force_terminal=True, color_system=None, soft_wrap=True))
    assert "accuracy 0.5000  loss 1.2500" in file.getvalue()
    assert "20/20" in file.getvalue()
    assert "24/20" not in file.getvalue()
    assert len(re.findall(r"epoch \d/2  accuracy 0\.7500", file.getvalue())) == 2
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1


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
