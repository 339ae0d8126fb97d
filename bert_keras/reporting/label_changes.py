"""Which labels a run answers better or worse than another on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bert_keras.evaluation import McNemar, mcnemar
from bert_keras.reporting.kept_results import KeptSlices

SIGNIFICANT = 0.05
"""The expected share of labels named better or worse that are neither."""


@dataclass(frozen=True)
class LabelChange:
    """How a label fares in a run and in the first one.

    Attributes:
        label: The label.
        rows: The number of rows that have it.
        only_first: The rows that the first run alone answers right: of one label per row, those that have the label; of
            several, all rows, each right if the label is rightly there or rightly missing.
        only_other: The rows that the other run alone answers right.
        p: The p-value of McNemar's exact test, corrected for the number of labels (Benjamini and Hochberg 1995).
    """

    label: str
    rows: int
    only_first: int
    only_other: int
    p: float

    @property
    def verdict(self) -> str:
        """The verdict: `better` or `worse` than in the first run if `p` is below 0.05, else the empty string."""
        if self.p >= SIGNIFICANT:
            return ""
        return "better" if self.only_other > self.only_first else "worse"


def label_changes(
    task: str,
    labels: Sequence[str],
    targets: np.ndarray,
    outputs: tuple[np.ndarray, np.ndarray],
    chosen: tuple[np.ndarray | None, np.ndarray | None],
) -> list[LabelChange]:
    """Compares two runs label by label.

    Args:
        task: The task: `single_label` or `multi_label`.
        labels: The names of the labels.
        targets: The targets; see `evaluation.scores`.
        outputs: The probabilities of the first run and of the other, each `[rows, labels]`.
        chosen: Which labels each predicts, of several labels per row: `[rows, labels]` bool.

    Returns:
        The labels on which they differ, the greatest change first.
    """
    looks = []
    for place, label in enumerate(labels):
        if task == "single_label":
            has = targets == place
            right = [of[has].argmax(axis=1) == place for of in outputs]
        else:
            has = targets[:, place] > 0
            right = [picked[:, place] == has for picked in chosen if picked is not None]
        looks.append((label, int(has.sum()), mcnemar(*right)))
    return _changes(looks)


def slice_changes(first: KeptSlices | None, other: KeptSlices | None) -> list[LabelChange]:
    """Compares two runs on the parts that the rows of both are divided into.

    Args:
        first: The slices of the first run.
        other: The slices of the other run.

    Returns:
        The parts on which they differ, each named by what divides the rows and the value, the greatest change first;
        none if the slices are of other rows.
    """
    if first is None or other is None or first.data != other.data:
        return []
    looks = []
    for part, rows in first.parts.items():
        same = other.parts.get(part)
        if same is not None and np.array_equal(same, rows) and rows.any():
            looks.append((" ".join(part), int(rows.sum()), mcnemar(first.right[rows], other.right[rows])))
    return _changes(looks)


def _changes(looks: Sequence[tuple[str, int, McNemar]]) -> list[LabelChange]:
    """Returns what differs, with p-values that are corrected for the number of looks, the greatest change first."""
    found = [
        LabelChange(label, rows, test.only_first, test.only_second, test.p)
        for label, rows, test in looks
        if test.only_first or test.only_second
    ]
    # Labels without a change are looks too, whose p is 1.
    every = [change.p for change in found] + [1.0] * (len(looks) - len(found))
    corrected = stats.false_discovery_control(every) if every else []
    changes = [
        LabelChange(one.label, one.rows, one.only_first, one.only_other, float(p))
        for one, p in zip(found, corrected, strict=False)
    ]
    return sorted(changes, key=lambda change: -abs(change.only_other - change.only_first))
