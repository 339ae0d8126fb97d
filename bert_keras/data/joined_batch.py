"""Batches of rows that lie in several encoded splits, counted through from the first to the last."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bert_keras.data.encoded import Encoded


class Share(NamedTuple):
    """The rows of a batch that are of one split.

    Attributes:
        part: The index of the split.
        places: The places of its rows in the batch.
        rows: Their indices in the split.
        targets: Their targets, as the split's `batch` returns them.
    """

    part: int
    places: np.ndarray
    rows: np.ndarray
    targets: np.ndarray


def joined_batch(parts: Sequence[Encoded], rows: np.ndarray) -> tuple[dict[str, np.ndarray], list[Share]]:
    """Returns some rows of several splits as a batch, padded to the longest of them.

    Args:
        parts: The splits.
        rows: The row indices, `[batch]`; those of a split come after those of the splits before it.

    Returns:
        The inputs as `Encoded.batch` returns them, and the share of each split that has rows in it.
    """
    ends = np.cumsum([len(part) for part in parts])
    of = np.searchsorted(ends, rows, side="right")
    width = 0
    found: list[tuple[Share, dict[str, np.ndarray]]] = []
    for part in np.unique(of).tolist():
        places = np.flatnonzero(of == part)
        own = rows[places] - (ends[part] - len(parts[part]))
        inputs, targets = parts[part].batch(own)
        width = max(width, inputs["token_ids"].shape[1])
        found.append((Share(part, places, own, targets), inputs))
    whole = {name: np.zeros([len(rows), width], np.int32) for name in found[0][1]}
    for share, inputs in found:
        for name, values in inputs.items():
            whole[name][share.places, : values.shape[1]] = values
    return whole, [share for share, _ in found]
