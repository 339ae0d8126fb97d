"""The tables of a classifier's data: the splits, and for a dry run the label counts and some rows as tokens."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras.data import Encoded
from bert_keras.data.spread import spread
from bert_keras.reporting import RowText
from bert_keras.text import BertTokenizer

from ..training.token_text import token_text

_EXAMPLES = 3
_LABELS_SHOWN = 20


def splits_table(encoded: Mapping[str, Encoded], cut: Callable[[str], int], max_length: int) -> Table:
    """Returns a table of the number of rows per split, of those left out and cut, and of their tokens.

    Args:
        encoded: The rows of each split.
        cut: A function from a split to the number of its rows that are as long as the model reads.
        max_length: So many tokens.

    Returns:
        A table with a row for each split.
    """
    table = Table("split")
    for name in ("rows", "left out", "median tokens", f"cut to {max_length}"):
        table.add_column(name, justify="right")
    for split, rows in encoded.items():
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in rows.left_out.items()) or "-"
        table.add_row(split, f"{len(rows):,}", left_out, f"{np.median(rows.lengths):.0f}", f"{cut(split):,}")
    return table


def labels_table(encoded: Mapping[str, Encoded], labels: Sequence[str]) -> Table:
    """Returns a table of the number of rows per label and split.

    Args:
        encoded: The rows of each split, including "train".
        labels: The label names.

    Returns:
        A table with a row for each of the 20 most frequent labels of "train".
    """
    table = Table("label", title="labels", title_justify="left")
    for split in encoded:
        table.add_column(split, justify="right")
    counts = {split: rows.label_counts() for split, rows in encoded.items()}
    order = np.argsort(-counts["train"], kind="stable")
    for label in order[:_LABELS_SHOWN]:
        table.add_row(Text(labels[label]), *(f"{of[label]:,}" for of in counts.values()))
    if len(order) > _LABELS_SHOWN:
        table.add_row(f"… {len(order) - _LABELS_SHOWN} more", *[""] * len(counts))
    return table


def examples_table(
    train: Encoded, tokenizer: BertTokenizer, texts: Callable[[Sequence[int]], Sequence[RowText]]
) -> Table:
    """Returns a table of some training rows as tokens.

    Args:
        train: The rows of the training split.
        tokenizer: The tokenizer of the model.
        texts: A function that returns the rows of the given indices as text.

    Returns:
        A table with a row for each example.
    """
    table = Table("row of train", "as tokens", title="examples", title_justify="left", show_lines=True)
    rows = spread(len(train), _EXAMPLES)
    for row, text in zip(rows, texts(rows), strict=True):
        table.add_row(Text(text.place), token_text(train, row, tokenizer))
    return table
