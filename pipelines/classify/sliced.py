"""The parts of dev on which a run is worse or better than on the other rows."""

from collections.abc import Callable, Sequence

import numpy as np

from bert_keras import auditing, reporting
from bert_keras.auditing import Slice
from bert_keras.data import Source

from .config import ClassifyConfig


def dev_slices(
    config: ClassifyConfig,
    source: Source,
    right: np.ndarray,
    vectors: Callable[[Sequence[str | tuple[str, str]]], np.ndarray],
) -> tuple[list[Slice], reporting.KeptSlices]:
    """Measures the parts of dev that the options name.

    Args:
        config: The options, with divisions.
        source: The rows of dev.
        right: Whether each row is answered right, `[rows]` bool.
        vectors: A function from rows to their vectors, which is called for clusters.

    Returns:
        The slices, the worst of each division first, and what the run keeps of them for `compare`.

    Raises:
        DataError: A file lacks a column.
    """
    rows, divisions = list(source), config.slices or []
    asked = [row.text if row.pair is None else (row.text, row.pair) for row in rows]
    parts, _ = auditing.divided_rows(source, rows, divisions, lambda: vectors(asked))
    found = auditing.slices(right, parts)
    kinds = list(dict.fromkeys(each.by for each in found))
    told = reporting.hash_of_rows([(row.text, row.pair, row.target) for row in rows])
    kept = reporting.KeptSlices(told, right, {(part.by, part.value): part.rows for part in parts})
    return sorted(found, key=lambda each: (kinds.index(each.by), each.accuracy)), kept
