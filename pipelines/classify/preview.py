"""What a classifier is to learn, for a dry run: how often each label occurs, and some rows as tokens."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras.data import Encoded
from bert_keras.reporting import RowText
from bert_keras.text import BertTokenizer

from ..training.token_text import token_text

_EXAMPLES = 3
_LABELS_SHOWN = 20


def labels_table(encoded: Mapping[str, Encoded], labels: Sequence[str]) -> Table:
    """Counts labels.

    Args:
        encoded: The rows of each split, "train" among them.
        labels: Names of the labels.

    Returns:
        A row for each of the most frequent labels.
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
    """Shows some rows as tokens.

    Args:
        train: The rows.
        tokenizer: Of the model.
        texts: Finds the rows of some indices.

    Returns:
        A row for each.
    """
    table = Table("row of train", "as tokens", title="examples", title_justify="left", show_lines=True)
    rows = np.unique(np.linspace(0, len(train) - 1, _EXAMPLES).astype(int)).tolist()
    for row, text in zip(rows, texts(rows), strict=True):
        table.add_row(Text(text.place), token_text(train, row, tokenizer))
    return table
