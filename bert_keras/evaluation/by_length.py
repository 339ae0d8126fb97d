"""Scores of short rows and of long ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation.scores import METRICS, scores

_BOUNDS = (8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class LengthBucket:
    """Rows of like length.

    Attributes:
        shortest: Fewest tokens that a row of this bucket can have.
        longest: Most tokens; None in the last bucket, which has no bound.
        rows: Number of rows.
        metrics: The numbers of `evaluation.METRICS` for these rows.
    """

    shortest: int
    longest: int | None
    rows: int
    metrics: dict[str, float]


def scores_by_length(
    task: str, targets: np.ndarray, outputs: np.ndarray, labels: Sequence[str], lengths: np.ndarray
) -> list[LengthBucket]:
    """Scores rows in buckets of up to 8, 16, 32, ... tokens.

    Args:
        task: `single_label`, `multi_label` or `regression`.
        targets: As `evaluation.scores` takes them.
        outputs: As `evaluation.scores` takes them.
        labels: Names of the labels.
        lengths: Tokens of each row, `[rows]`.

    Returns:
        The buckets that have rows, shortest first.
    """
    place = np.searchsorted(_BOUNDS, lengths, side="left")
    buckets = []
    for bucket in np.unique(place):
        rows = place == bucket
        numbers = scores(task, targets[rows], outputs[rows], labels)
        shortest = 1 if bucket == 0 else _BOUNDS[bucket - 1] + 1
        longest = None if bucket == len(_BOUNDS) else _BOUNDS[bucket]
        buckets.append(
            LengthBucket(shortest, longest, int(rows.sum()), {name: numbers[name] for name in METRICS[task]})
        )
    return buckets
