"""Rows that are near to a query or to each other, as tables."""

import shlex
from collections.abc import Mapping, Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import insight
from bert_keras.auditing import Part
from bert_keras.retrieval import similar_pairs

from ..console.consoles import console
from ..console.short_texts import short
from ..console.tables import figures_table

_LONGEST = 400  # characters of a text that are shown


def show_nearest(
    queries: Sequence[str], found: tuple[np.ndarray, np.ndarray], texts: Mapping[int, str] | None = None
) -> None:
    """Prints the rows that are nearest to each query, with their cosines.

    Args:
        queries: The queries.
        found: The rows that were found for each, the nearest first, and their cosines, both `[queries, rows]`.
        texts: The text of each of these rows; `None` if texts are not known.
    """
    for query, rows, cosines in zip(queries, *found, strict=True):
        table = _table("cosine", "row", None if texts is None else "text", title=short(query, _LONGEST))
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
            text = [] if texts is None else [Text(short(texts[row], _LONGEST))]
            table.add_row(f"{cosine:.3f}", f"{row + 1:,}", *text)
        console.print(table)


def show_clusters(parts: Sequence[Part]) -> None:
    """Prints the clusters of rows with their words, the largest first."""
    table = _table("rows", "share", "cluster")
    for part in parts:
        table.add_row(f"{int(part.rows.sum()):,}", f"{100 * part.rows.mean():.1f} %", Text(part.value))
    console.print(table)


def show_duplicates(texts: Sequence[str], vectors: np.ndarray, least: float, top: int) -> None:
    """Prints the pairs of rows whose cosine is at least a value, the most similar first.

    Args:
        texts: The texts of the rows.
        vectors: Their vectors, `[rows, dimension]`.
        least: The least cosine.
        top: The maximum number of pairs.
    """
    pairs, cosines = similar_pairs(vectors, least)
    console.print(f"{len(pairs):,} of {len(texts) * (len(texts) - 1) // 2:,} pairs have a cosine of {least:g} or more")
    if not len(pairs):
        return
    table = _table("cosine", "rows", "texts")
    table.show_lines = True
    for (one, other), cosine in zip(pairs[:top].tolist(), cosines[:top].tolist(), strict=True):
        both = Text("\n").join(Text(short(texts[row], _LONGEST)) for row in (one, other))
        table.add_row(f"{cosine:.3f}", f"{one + 1:,}\n{other + 1:,}", both)
    console.print(table)
    if len(pairs) > top:
        console.print(f"{len(pairs) - top:,} more pairs; --top shows more")


def log_projector(folder: str, texts: Sequence[str], vectors: np.ndarray) -> None:
    """Writes the vectors for TensorBoard's Projector, each point labelled by its text.

    Args:
        folder: A folder below TensorBoard's log folder.
        texts: The texts of the rows.
        vectors: Their vectors, `[rows, dimension]`.
    """
    numbers = [float(row) for row in range(1, len(texts) + 1)]
    columns: dict[str, Sequence[str] | Sequence[float]] = {"text": texts, "row": numbers}
    insight.write_projector(folder, [insight.EmbeddingSet("sentence vectors", vectors, columns)])
    console.print(f"\nnext:\n  tensorboard --logdir {shlex.quote(folder)}", soft_wrap=True)


def _table(first: str, second: str, last: str | None, title: str | None = None) -> Table:
    table = figures_table(first, second, title=title)
    table.columns[0].justify = "right"
    if last is not None:
        table.add_column(last, overflow="fold")
    return table
