"""What a training would do, without doing it."""

from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import training
from pipelines.classify_data import ClassifyData
from pipelines.program import console

if TYPE_CHECKING:
    from bert_keras.data import Encoded

_EXAMPLES = 3
_TOKENS_SHOWN = 40
_BAR = 40  # characters
_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_LABELS_SHOWN = 20


def show_dry_run(data: ClassifyData, recipe: training.Recipe) -> None:
    """Prints lengths, labels, some rows as tokens, steps and the expected time. Nothing is trained or written but the cache.

    Args:
        data: Rows and model.
        recipe: How it would be trained.
    """
    data.show()
    train = data.encoded["train"]
    console.print(_lengths(train))
    if data.classifier.labels:
        console.print(_labels(data))
    console.print(_examples(data))
    steps = recipe.steps_per_epoch(len(train))
    seconds = training.expected_seconds(data.classifier, train, recipe)
    console.print(f"{steps * recipe.epochs:,} steps: {steps:,} of {recipe.batch_size} rows in each of {recipe.epochs} epochs")
    console.print(f"about {_duration(seconds)} at {len(train) * recipe.epochs / seconds:,.0f} examples/s, dev not counted")
    console.print("nothing was trained (--dry_run)")


def _lengths(train: "Encoded") -> Table:
    table = Table("tokens", title="lengths of the rows of train", title_justify="left")
    table.add_column("rows", justify="right")
    table.add_column("")
    edges = [edge for edge in _BUCKETS if edge < train.lengths.max()] + [int(train.lengths.max())]
    counts = np.bincount(np.searchsorted(edges, train.lengths), minlength=len(edges))
    for first, last, count in zip([1, *(edge + 1 for edge in edges)], edges, counts, strict=False):
        table.add_row(f"{first}-{last}", f"{count:,}", "█" * round(_BAR * count / counts.max()))
    return table


def _labels(data: ClassifyData) -> Table:
    table = Table("label", title="labels", title_justify="left")
    for split in data.encoded:
        table.add_column(split, justify="right")
    counts = {split: rows.label_counts() for split, rows in data.encoded.items()}
    order = np.argsort(-counts["train"], kind="stable")
    for label in order[:_LABELS_SHOWN]:
        table.add_row(Text(data.classifier.labels[label]), *(f"{of[label]:,}" for of in counts.values()))
    if len(order) > _LABELS_SHOWN:
        table.add_row(f"… {len(order) - _LABELS_SHOWN} more", *[""] * len(counts))
    return table


def _examples(data: ClassifyData) -> Table:
    table = Table("row of train", "as tokens", title="examples", title_justify="left", show_lines=True)
    train, tokenizer = data.encoded["train"], data.classifier.preprocessor.tokenizer
    rows = np.unique(np.linspace(0, len(train) - 1, _EXAMPLES).astype(int)).tolist()
    for row, text in zip(rows, data.texts("train", rows), strict=True):
        begin, length = int(train.begins[row]), int(train.lengths[row])
        tokens = [tokenizer.id_to_token(int(token)) for token in train.token_ids[begin : begin + min(length, _TOKENS_SHOWN)]]
        rest = f" … {length} tokens" if length > _TOKENS_SHOWN else ""
        table.add_row(Text(text.place), Text(" ".join(tokens) + rest))
    return table


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 100 else f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
