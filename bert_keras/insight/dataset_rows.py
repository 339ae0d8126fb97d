"""Data set rows for embeddings: sampling from a stream, packing, and the mask of tokens that belong to texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models import BertTask, SpanExtractor
from bert_keras.models.classify_stream import Row, TokenRows, check_rows, columns

Truth: TypeAlias = Any  # a label, several labels, a number, or acceptable answers


@dataclass(frozen=True)
class PackedRows:
    """Rows packed for the model; each window of a reader is a packed row, so a question may have several.

    Attributes:
        tokens: The packed rows.
        of: The index of the row that each packed row belongs to, `[packed rows]`.
    """

    tokens: TokenRows
    of: np.ndarray


def sample_rows(
    rows: Iterable[Row], labels: Iterable[Truth] | None, most: int, seed: int = 0
) -> tuple[list[Row], list[Truth] | None, int]:
    """Draws a uniform sample from a stream of rows, with only the sample in memory (Vitter 1985, algorithm R).

    Args:
        rows: A finite iterable of rows.
        labels: The label of each row; `None` means that there are no labels.
        most: The maximum number of rows to keep.
        seed: The random seed of the sample.

    Returns:
        The rows in their original order, their labels (`None` without labels), and the number of rows left out.

    Raises:
        InputError: The numbers of rows and labels differ, or there is no row.
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
    """Pairs each row with its label.

    Args:
        rows: The rows.
        labels: The label of each row; `None` means that there are no labels.

    Yields:
        A row and its label, which is `None` without labels.

    Raises:
        InputError: The numbers of rows and labels differ.
    """
    if labels is None:
        yield from ((row, None) for row in rows)
        return
    try:
        yield from zip(rows, labels, strict=True)
    except ValueError as error:
        raise InputError(f"each row needs its label ({error})") from error


def pack_rows(model: BertTask, rows: Sequence[Row]) -> PackedRows:
    """Tokenizes rows and adds special tokens.

    Args:
        model: A task with a preprocessor.
        rows: Texts or (text, pair) tuples; for a reader, (question, context) tuples.

    Returns:
        The packed rows.

    Raises:
        InputError: The rows do not fit the model, or the model has no preprocessor.
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
    """Returns which tokens belong to texts: all but padding, `[CLS]`, and the `[SEP]` at the end of each segment.

    Args:
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]`.

    Returns:
        The mask, `[batch, tokens]` bool.
    """
    mask, segments = tf.cast(inputs["padding_mask"], tf.bool), tf.convert_to_tensor(inputs["segment_ids"])
    goes_on = tf.logical_and(mask[:, 1:], segments[:, 1:] == segments[:, :-1])
    last = tf.zeros_like(mask[:, :1])
    first = tf.range(tf.shape(mask)[1]) == 0
    return tf.logical_and(tf.concat([goes_on, last], axis=1), tf.logical_not(first))


def row_text(row: Row) -> str:
    """Returns a row as one text; both texts of a pair are joined."""
    return row if isinstance(row, str) else " | ".join(row)
