"""Which labels a run answers better or worse than another on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bert_keras.evaluation import mcnemar

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
    found = []
    for place, label in enumerate(labels):
        if task == "single_label":
            has = targets == place
            right = [of[has].argmax(axis=1) == place for of in outputs]
        else:
            has = targets[:, place] > 0
            right = [picked[:, place] == has for picked in chosen if picked is not None]
        test = mcnemar(*right)
        if test.only_first or test.only_second:
            found.append(LabelChange(label, int(has.sum()), test.only_first, test.only_second, test.p))
    # Labels without a change are looks too, whose p is 1.
    every = [change.p for change in found] + [1.0] * (len(labels) - len(found))
    corrected = stats.false_discovery_control(every) if every else []
    changes = [
        LabelChange(one.label, one.rows, one.only_first, one.only_other, float(p))
        for one, p in zip(found, corrected, strict=False)
    ]
    return sorted(changes, key=lambda change: -abs(change.only_other - change.only_first))
