"""The training rows that are nearest to rows of a report."""

from collections.abc import Sequence
from typing import TypeAlias

from bert_keras import insight
from bert_keras.insight import LabelledRow
from bert_keras.models import TextClassifier
from bert_keras.reporting import NearRow, NearRows, RowText

from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.labelled_rows import labelled_sample
from .data import ClassifyData

_NEAREST = 3
# Of training rows that are looked at, a single forward pass over each: a fraction of an epoch, and memory for their
# vectors.
_MOST_TOKENS = 2**18
_MOST_ROWS = 20_000
_Row: TypeAlias = str | tuple[str, str]


def near_training_rows(model: TextClassifier, of: ClassifyData, rows: Sequence[RowText]) -> NearRows:
    """Finds the nearest training rows of some rows by the model's vectors; of much data among a sample.

    Args:
        model: The trained model.
        of: The data of its training.
        rows: The rows; at least one.

    Returns:
        The nearest training rows of each.
    """
    most = min(_MOST_ROWS, max(1, int(_MOST_TOKENS / of.train.lengths.mean())))
    train, left_out = labelled_sample(of.sources["train"], most)
    texts: list[_Row] = [row.text if row.pair is None else (row.text, row.pair) for row in rows]
    with counted_rows(console, "nearest training rows", len(train)) as advance:
        vectors = insight.mean_vectors(model, [each.row for each in train], advance)
    found = insight.train_neighbours(insight.mean_vectors(model, texts), vectors, _NEAREST)
    near = [
        [_near(train[place], similarity) for place, similarity in zip(places, similarities, strict=True)]
        for places, similarities in zip(*(part.tolist() for part in found), strict=True)
    ]
    return NearRows(near, len(train), len(train) + left_out)


def _near(found: LabelledRow, similarity: float) -> NearRow:
    text, pair = (found.row, None) if isinstance(found.row, str) else found.row
    labels = found.label if isinstance(found.label, tuple) else (str(found.label),)
    return NearRow(RowText(text, pair, found.place), labels, similarity)
