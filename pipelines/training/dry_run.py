"""The dry run: a preview of a training, without the training."""

import numpy as np
from rich.table import Table

from bert_keras import training
from bert_keras.data import Encoded

from ..console.consoles import console
from .data import TrainingData
from .idle import trains_alone

_BAR = 40  # the number of characters of the longest bar
_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)  # the largest number of tokens in each


def show_dry_run(data: TrainingData, recipe: training.Recipe) -> None:
    """Prints row lengths, training targets, the number of steps and the expected time of a training.

    Nothing is trained, and nothing is written except the cache of tokenized rows.

    Args:
        data: The data and the model of the training.
        recipe: The hyper-parameters of the training.
    """
    data.show()
    train, rows = data.train, data.rows_are
    console.print(_lengths(train, rows))
    for table in data.preview():
        console.print(table)
    steps = recipe.steps_per_epoch(len(train))
    seconds = training.expected_seconds(data.model, train, recipe)
    console.print(
        f"{steps * recipe.epochs:,} steps: {steps:,} of {recipe.batch_size} {rows} in each of {recipe.epochs} epochs"
    )
    alone = "" if trains_alone(data.config) else "; in one process, of which there are several"
    console.print(
        f"about {_duration(seconds)} at {len(train) * recipe.epochs / seconds:,.0f} examples/s, "
        f"{data.not_counted} not counted{alone}"
    )
    console.print("nothing was trained (--dry_run)")


def _lengths(train: Encoded, rows: str) -> Table:
    table = Table("tokens", title=f"lengths of the {rows} of train", title_justify="left")
    table.add_column(rows, justify="right")
    table.add_column("")
    edges = [edge for edge in _BUCKETS if edge < train.lengths.max()] + [int(train.lengths.max())]
    counts = np.bincount(np.searchsorted(edges, train.lengths), minlength=len(edges))
    for first, last, count in zip([1, *(edge + 1 for edge in edges)], edges, counts, strict=False):
        table.add_row(f"{first}-{last}", f"{count:,}", "█" * round(_BAR * count / counts.max()))
    return table


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{seconds:.0f} s"
        if seconds < 100
        else f"{minutes} min"
        if minutes < 100
        else f"{minutes // 60} h {minutes % 60} min"
    )
