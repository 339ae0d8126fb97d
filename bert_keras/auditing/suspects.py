"""Rows to look at: labels in doubt, equal or nearly equal texts with different labels, and outliers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.auditing.confident import LabelDoubts, doubt_labels
from bert_keras.auditing.neighbours import Neighbours
from bert_keras.data import Encoded
from bert_keras.data.near_duplicates import near_pairs

LABEL, SAME_TEXT, NEAR_TEXT, OUTLIER = "label", "same text", "nearly the same text", "outlier"
REASONS = {
    LABEL: "labels in doubt",
    SAME_TEXT: "the same text with different labels",
    NEAR_TEXT: "nearly the same text with different labels",
    OUTLIER: "rows unlike all others",
}
"""The reasons to look at a row, each with a title for its rows."""
_FEWEST_BOTH_WAYS = 1.0  # rows, estimated, in each direction


@dataclass(frozen=True)
class Suspect:
    """A row to look at.

    Attributes:
        row: The index of the row.
        doubt: The probability that the label is another one; see `LabelDoubts.doubt`.
        suggested: The index of the most probable label.
        reasons: The reasons, of `LABEL`, `SAME_TEXT`, `NEAR_TEXT` and `OUTLIER`.
        other: The first row with the same or nearly the same text and another label; None if there is none.
    """

    row: int
    doubt: float
    suggested: int
    reasons: tuple[str, ...]
    other: int | None = None


@dataclass(frozen=True)
class ConfusedLabels:
    """Two labels of which rows of each are probably the other.

    Attributes:
        first: The index of one label.
        second: The index of the other.
        first_is_second: The estimated number of rows labelled as the first that are the second.
        second_is_first: The estimated number of rows labelled as the second that are the first.
    """

    first: int
    second: int
    first_is_second: float
    second_is_first: float


@dataclass(frozen=True)
class Audit:
    """What is doubtful in a labelled data set.

    Attributes:
        labels: The label names.
        given: The index of each row's label, `[rows]`.
        doubts: What confident learning says about each label.
        neighbours: The nearest rows of each row.
        suspects: The rows to look at, the most doubtful first.
        confused: The pairs of labels that are confused both ways, the most rows first.
    """

    labels: tuple[str, ...]
    given: np.ndarray
    doubts: LabelDoubts
    neighbours: Neighbours
    suspects: tuple[Suspect, ...]
    confused: tuple[ConfusedLabels, ...]

    def count(self, reason: str) -> int:
        """Returns the number of rows that there is a reason to look at."""
        return sum(reason in suspect.reasons for suspect in self.suspects)

    @property
    def agreement(self) -> float:
        """The share of the rows whose label the models that have not seen the row predict."""
        return float((self.doubts.suggested == self.given).mean())


def audit(
    rows: Encoded, labels: Sequence[str], neighbours: Neighbours, probabilities: np.ndarray, unknown_id: int
) -> Audit:
    """Finds rows whose labels should be looked at.

    Args:
        rows: The rows, with targets for the labels.
        labels: The label names.
        neighbours: The nearest rows of each row.
        probabilities: The probabilities of all labels by models that have not seen the row; see `out_of_fold`.
        unknown_id: The token id of `[UNK]`.

    Returns:
        The rows and labels in doubt.
    """
    given = rows.targets.astype(np.int64)
    doubts = doubt_labels(given, probabilities)
    reasons: dict[int, list[str]] = {}
    others: dict[int, int] = {}
    for row in np.flatnonzero(doubts.in_error).tolist():
        reasons.setdefault(row, []).append(LABEL)
    near = near_pairs(rows, unknown_id)
    near = near[given[near[:, 0]] != given[near[:, 1]]]
    both_ways = [*map(tuple, near.tolist()), *map(tuple, near[:, ::-1].tolist())]
    for reason, pairs in ((SAME_TEXT, _contradictions(rows, given)), (NEAR_TEXT, both_ways)):
        for row, other in pairs:
            others.setdefault(row, other)
            if reason not in reasons.setdefault(row, []):
                reasons[row].append(reason)
    for row in neighbours.outliers().tolist():
        reasons.setdefault(row, []).append(OUTLIER)
    suspects = [
        Suspect(row, float(doubts.doubt[row]), int(doubts.suggested[row]), tuple(why), others.get(row))
        for row, why in reasons.items()
    ]
    suspects.sort(key=lambda suspect: (-suspect.doubt, suspect.row))
    return Audit(tuple(labels), given, doubts, neighbours, tuple(suspects), tuple(_confused(doubts.joint)))


def _contradictions(rows: Encoded, given: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yields the rows whose text has another label elsewhere, each with the first row of that text that has one."""
    order = np.argsort(rows.hashes, kind="stable")
    hashes = np.asarray(rows.hashes)[order]
    begins = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(order)])
    ends = np.append(begins[1:], len(order))
    lowest, highest = np.minimum.reduceat(given[order], begins), np.maximum.reduceat(given[order], begins)
    for place in np.flatnonzero(lowest != highest).tolist():
        same = order[begins[place] : ends[place]].tolist()
        for row in same:
            yield row, next(other for other in same if given[other] != given[row])


def _confused(joint: np.ndarray) -> list[ConfusedLabels]:
    both = np.minimum(joint, joint.T)
    found = [
        ConfusedLabels(int(one), int(other), float(joint[one, other]), float(joint[other, one]))
        for one, other in zip(*np.nonzero(np.triu(both >= _FEWEST_BOTH_WAYS, k=1)), strict=True)
    ]
    return sorted(found, key=lambda each: -(each.first_is_second + each.second_is_first))
