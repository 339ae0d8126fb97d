"""Metrics by the length of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation.metric_names import METRICS
from bert_keras.evaluation.scores import scores

_BOUNDS = (8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class LengthBucket:
    """The metrics of rows of similar length.

    Attributes:
        shortest: The minimum number of tokens per row in this bucket.
        longest: The maximum number of tokens per row; None for the last bucket, which has no limit.
        rows: The number of rows.
        metrics: The metrics of these rows by name; see `evaluation.METRICS`.
    """

    shortest: int
    longest: int | None
    rows: int
    metrics: dict[str, float]


def scores_by_length(
    task: str,
    targets: np.ndarray,
    outputs: np.ndarray,
    labels: Sequence[str],
    lengths: np.ndarray,
    chosen: np.ndarray | None = None,
) -> list[LengthBucket]:
    """Computes metrics in buckets of rows with up to 8, 16, 32, ... tokens.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: The targets; see `evaluation.scores`.
        outputs: The model outputs; see `evaluation.scores`.
        labels: The label names.
        lengths: The number of tokens of each row, `[rows]`.
        chosen: The labels that are predicted; see `evaluation.scores`.

    Returns:
        The non-empty buckets, shortest rows first.
    """
    place = np.searchsorted(_BOUNDS, lengths, side="left")
    buckets = []
    for bucket in np.unique(place):
        rows = place == bucket
        numbers = scores(task, targets[rows], outputs[rows], labels, None if chosen is None else chosen[rows])
        shortest = 1 if bucket == 0 else _BOUNDS[bucket - 1] + 1
        longest = None if bucket == len(_BOUNDS) else _BOUNDS[bucket]
        buckets.append(
            LengthBucket(shortest, longest, int(rows.sum()), {name: numbers[name] for name in METRICS[task]})
        )
    return buckets
