"""Rows of dev that are looked at while a model learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.insight.attention_callback import Probe

from ..console.short_texts import names_of


@dataclass(frozen=True)
class DevRow:
    """A row of dev, with what is true.

    Attributes:
        text: The text; of a reader the question.
        pair: The second text, if there is one; of a reader the context.
        true: The label, the labels, or a number; of a reader its answers.
    """

    text: str
    pair: str | None
    true: Any


def spread(rows: int, most: int) -> list[int]:
    """Chooses rows from the first to the last, as far apart as can be.

    Args:
        rows: How many there are.
        most: How many to choose at most.

    Returns:
        Their places.
    """
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).round().astype(int)).tolist()


def probes_of(rows: Sequence[DevRow]) -> list[Probe]:
    """Names rows as `visualize` does.

    Args:
        rows: The rows.

    Returns:
        Probes, no two of one name.
    """
    names = names_of([row.text for row in rows])
    return [Probe(row.text, row.pair, name, row.true) for name, row in zip(names, rows, strict=True)]


def texts_and_truth(rows: Sequence[DevRow]) -> tuple[list[Any], list[Any]]:
    """Parts rows as embeddings take them.

    Args:
        rows: The rows.

    Returns:
        Texts or tuples of two, and what is true: of a reader the texts of the answers.
    """
    texts = [row.text if row.pair is None else (row.text, row.pair) for row in rows]
    return texts, [
        [getattr(one, "text", one) for one in row.true] if isinstance(row.true, tuple) else row.true for row in rows
    ]
