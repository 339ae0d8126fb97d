"""Rows of a data source with their labels, for comparison with others by their vectors."""

import itertools

from bert_keras import data
from bert_keras.files import where
from bert_keras.insight import LabelledRow
from bert_keras.insight.dataset_rows import sample_rows


def labelled_sample(source: data.Source, most: int) -> tuple[list[LabelledRow], int]:
    """Reads all rows of a source, or a uniform sample if there are too many.

    Args:
        source: The source.
        most: The maximum number of rows.

    Returns:
        The rows in their order, and the number of rows left out.
    """
    of_texts, of_labels = itertools.tee(source)
    texts = (row.text if row.pair is None else (row.text, row.pair) for row in of_texts)
    told = ((row.target, where(row.file, row.line)) for row in of_labels)
    rows, labels, left_out = sample_rows(texts, told, most)
    return [LabelledRow(row, *of) for row, of in zip(rows, labels or (), strict=True)], left_out
