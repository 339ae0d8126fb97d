"""The page of clusters: the words of each, and rows in its middle and at its edge."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bert_keras.auditing.slices import Part
from bert_keras.insight.nearest import unit_vectors
from bert_keras.reporting.page import write_page

_MIDDLE, _EDGE = 8, 3
_LONGEST = 400  # characters of a text that are shown


@dataclass(frozen=True)
class _Cluster:
    """A cluster on the page: texts nearest to its centre first, and those farthest from it."""

    words: str
    rows: int
    share: float
    closeness: float
    middle: list[tuple[int, str]]
    edge: list[tuple[int, str]]


def write_clusters_page(
    path: str | Path, name: str, model: str, texts: Sequence[str], vectors: np.ndarray, clusters: Sequence[Part]
) -> None:
    """Writes the page, atomically: self-contained, without scripts, all text escaped.

    Args:
        path: The file to write.
        name: The name of the data.
        model: The model that made the vectors.
        texts: The texts of all rows.
        vectors: Their vectors, `[rows, size]`.
        clusters: The clusters, as `cluster_parts` returns them.
    """
    unit = unit_vectors(vectors, vectors.mean(axis=0))
    shown = [_cluster(part, texts, unit) for part in clusters]
    write_page(path, "clusters.html", {"name": name, "model": model, "rows": len(texts), "clusters": shown})


def _cluster(part: Part, texts: Sequence[str], unit: np.ndarray) -> _Cluster:
    rows = np.flatnonzero(part.rows)
    centre = unit_vectors(unit[rows].mean(axis=0)[np.newaxis])[0]
    cosines = unit[rows] @ centre
    order = rows[np.argsort(-cosines, kind="stable")].tolist()
    middle: list[int] = []
    seen: set[str] = set()
    for row in order:
        if texts[row] not in seen and len(middle) < _MIDDLE:
            seen.add(texts[row])
            middle.append(row)
    edge = [row for row in reversed(order) if row not in middle][:_EDGE]
    words = part.value.partition(": ")[2]
    named = [[(row + 1, _short(texts[row])) for row in some] for some in (middle, edge)]
    return _Cluster(words, len(rows), len(rows) / len(texts), float(cosines.mean()), *named)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
