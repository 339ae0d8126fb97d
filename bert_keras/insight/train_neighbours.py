"""The nearest training rows of rows that a classifier has predicted, by its own vectors."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.files import replaced_file
from bert_keras.insight.nearest import nearest_rows, unit_vectors
from bert_keras.models.classify_stream import Row
from bert_keras.tensorboard_plugin.train_neighbours import VERSION, row_key

NEAREST = 8
_LONGEST = 300  # code points of a neighbour's text that are kept
Labels = str | tuple[str, ...] | float


@dataclass(frozen=True)
class LabelledRow:
    """A row with what it is labelled with.

    Attributes:
        row: A text, or a (text, pair) tuple.
        label: The true label, labels or number; for a predicted row whose truth is not known, what was predicted.
        place: The file and line.
    """

    row: Row
    label: Labels
    place: str = ""

    @property
    def key(self) -> str:
        """The key by which the Attention tab knows the row."""
        return row_key(*_texts(self.row))


def train_neighbours(
    vectors: np.ndarray, of_train: np.ndarray, nearest: int = NEAREST
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest training rows of each row, exactly among those given.

    Args:
        vectors: The vectors of the rows, as `mean_vectors` computes them, `[rows, size]`; at least one row.
        of_train: The vectors of the training rows, `[train, size]`; at least one row.
        nearest: The number of training rows to find for each row; fewer if there are no more.

    Returns:
        The places of the nearest training rows, nearest first, and their similarities: the cosines of the angles
        between the vectors from the mean of those of the training rows; both `[rows, nearest]`.
    """
    mean = of_train.mean(axis=0)
    return nearest_rows(unit_vectors(vectors, mean), unit_vectors(of_train, mean), nearest)


def write_neighbours(
    path: str | Path,
    rows: Sequence[LabelledRow],
    train: Sequence[LabelledRow],
    found: tuple[np.ndarray, np.ndarray],
    about: dict[str, Any],
) -> None:
    """Writes the nearest training rows for the Attention tab; the file appears whole.

    Args:
        path: The file to write.
        rows: The rows.
        train: The training rows.
        found: What `train_neighbours` found.
        about: `predictions`, a hash of the file of predictions; `rows`, how many rows that holds; `train`, a hash
            of the training data; and `train_rows`, how many training rows there are.
    """
    header = about | {"version": VERSION, "compared": len(train), "searched": len(rows)}
    with replaced_file(path) as aside, aside.open("w", encoding="utf-8") as file:
        for line in (header, *_lines(rows, train, *found)):
            file.write(json.dumps(line) + "\n")


def _lines(
    rows: Iterable[LabelledRow], train: Sequence[LabelledRow], places: np.ndarray, similarities: np.ndarray
) -> Iterator[list[Any]]:
    for each, nearest, similar in zip(rows, places.tolist(), similarities.tolist(), strict=True):
        told = []
        for place, similarity in zip(nearest, similar, strict=True):
            other = train[place]
            text, pair = _texts(other.row)
            cut = None if pair is None else pair[:_LONGEST]
            another = not isinstance(other.label, float) and _names(other.label) != _names(each.label)
            told.append([round(similarity, 4), another, _told(other.label), text[:_LONGEST], cut, other.place])
        yield [each.key, told]


def _texts(row: Row) -> tuple[str, str | None]:
    return (row, None) if isinstance(row, str) else (row[0], row[1])


def _names(label: Labels) -> set[str]:
    return {label} if isinstance(label, str) else set(label) if isinstance(label, tuple) else {str(label)}


def _told(label: Labels) -> str:
    if isinstance(label, float):
        return f"{label:.4g}"
    return label if isinstance(label, str) else ", ".join(label) or "no label"
