"""Rows of a data set for embeddings: sampled as they stream by, packed together, with what is no special token."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models import BertTask, SpanExtractor
from bert_keras.models.classify_stream import Row, TokenRows, check_rows, columns

Truth: TypeAlias = Any  # a label, labels, a number, or acceptable answers


@dataclass(frozen=True)
class PackedRows:
    """Rows as they go through the model; a reader's are windows, so that a question may have several.

    Attributes:
        tokens: The packed rows.
        of: The place of the row that each belongs to, `[packed rows]`.
    """

    tokens: TokenRows
    of: np.ndarray


def sample_rows(
    rows: Iterable[Row], labels: Iterable[Truth] | None, most: int, seed: int = 0
) -> tuple[list[Row], list[Truth] | None, int]:
    """Takes rows of a stream, each with the same chance, and keeps no more in memory (Vitter 1985, algorithm R).

    Args:
        rows: Any iterable that ends.
        labels: One for each row, or None.
        most: Rows to take at most.
        seed: Of the choice.

    Returns:
        The rows in their order, their labels, and the number of rows that were left out.

    Raises:
        InputError: Not as many labels as rows, or no row.
    """
    chance = np.random.default_rng(seed)
    kept: list[tuple[int, Row, Truth]] = []
    count = 0
    for count, (row, label) in enumerate(labelled(rows, labels), start=1):
        place = count - 1 if count <= most else int(chance.integers(count))
        if place < most:
            kept[place : place + 1] = [(count, row, label)]
    if not kept:
        raise InputError("expected at least one row. Received: none")
    kept.sort(key=lambda entry: entry[0])
    return [row for _, row, _ in kept], None if labels is None else [label for *_, label in kept], count - len(kept)


def labelled(rows: Iterable[Row], labels: Iterable[Truth] | None) -> Iterable[tuple[Row, Truth]]:
    """Puts rows and labels side by side.

    Args:
        rows: Rows.
        labels: One for each, or None.

    Yields:
        A row and its label, None without labels.

    Raises:
        InputError: Not as many labels as rows.
    """
    if labels is None:
        yield from ((row, None) for row in rows)
        return
    try:
        yield from zip(rows, labels, strict=True)
    except ValueError as error:
        raise InputError(f"each row needs its label ({error})") from error


def pack_rows(model: BertTask, rows: Sequence[Row]) -> PackedRows:
    """Tokenizes rows and puts special tokens around them.

    Args:
        model: A task with a preprocessor.
        rows: Texts or pairs; for a reader questions with their contexts.

    Returns:
        The packed rows.

    Raises:
        InputError: Rows that the model does not read, or a model without a preprocessor.
    """
    if model.preprocessor is None:
        raise InputError("the model has no preprocessor to tokenize texts")
    reader = isinstance(model, SpanExtractor)
    check_rows(rows, reader or getattr(model, "pairs", False))
    if not reader:
        return PackedRows(TokenRows.of(model.preprocessor.pack(columns(rows))), np.arange(len(rows)))
    made = model.preprocessor.documents(*columns(rows))
    return PackedRows(TokenRows.of(model.preprocessor.pack(made, made.windows)), made.windows.documents.numpy())


def content_mask(inputs: dict[str, Any]) -> tf.Tensor:
    """Says which tokens belong to texts: neither padding nor `[CLS]`, nor the `[SEP]` at the end of each segment.

    Args:
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]`.

    Returns:
        `[batch, tokens]` bool.
    """
    mask, segments = tf.cast(inputs["padding_mask"], tf.bool), tf.convert_to_tensor(inputs["segment_ids"])
    goes_on = tf.logical_and(mask[:, 1:], segments[:, 1:] == segments[:, :-1])
    last = tf.zeros_like(mask[:, :1])
    first = tf.range(tf.shape(mask)[1]) == 0
    return tf.logical_and(tf.concat([goes_on, last], axis=1), tf.logical_not(first))


def row_text(row: Row) -> str:
    """A row in one line: of a pair both texts."""
    return row if isinstance(row, str) else " | ".join(row)
