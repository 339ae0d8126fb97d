"""The rows of the development split whose attention and embeddings are logged during a training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras.insight.attention_callback import Probe

from ..console.short_texts import names_of


@dataclass(frozen=True)
class DevRow:
    """A row of the development split with its true target.

    Attributes:
        text: The text; the question of a reader.
        pair: The second text, or `None`; the context of a reader.
        true: The label, the labels or the number; the gold answers of a reader.
    """

    text: str
    pair: str | None
    true: Any


def probes_of(rows: Sequence[DevRow]) -> list[Probe]:
    """Converts rows to probes with unique names, in the form that `visualize` uses.

    Args:
        rows: The rows.

    Returns:
        A probe for each row.
    """
    names = names_of([row.text for row in rows])
    return [Probe(row.text, row.pair, name, row.true) for name, row in zip(names, rows, strict=True)]


def texts_and_truth(rows: Sequence[DevRow]) -> tuple[list[Any], list[Any]]:
    """Splits rows into the texts and the true targets that `ProjectorSteps` takes.

    Args:
        rows: The rows.

    Returns:
        The texts, or tuples of two texts; and the targets, which for a reader are the texts of the gold answers.
    """
    texts = [row.text if row.pair is None else (row.text, row.pair) for row in rows]
    return texts, [
        [getattr(one, "text", one) for one in row.true] if isinstance(row.true, tuple) else row.true for row in rows
    ]
