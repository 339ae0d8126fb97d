"""How probable each label of each row is, by what there is: labelled rows, names of labels, or both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bert_keras.auditing.judges import fitted
from bert_keras.insight.nearest import unit_vectors
from bert_keras.labelling.zero_shot import zero_shot

_LOOSENESS = 10.0  # C of the logistic regression on directions; 3 to 30 do as well
_MOST_ITERATIONS, _TOLERANCE = 300, 1e-3


@dataclass(frozen=True)
class Judged:
    """The probabilities of labels.

    Attributes:
        labels: The label names.
        probabilities: The probability of each for each row, `[rows, labels]` float32.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray

    def best(self, row: int) -> tuple[str, float]:
        """Returns the most probable label of a row, and its probability."""
        place = int(self.probabilities[row].argmax())
        return self.labels[place], float(self.probabilities[row, place])

    def right(self, labels: Sequence[str | None]) -> np.ndarray:
        """Returns for each row that has a label whether it is the most probable one, `[labelled rows]` bool."""
        return np.array([self.best(row)[0] == label for row, label in enumerate(labels) if label is not None], bool)


def judged_by_rows(
    vectors: np.ndarray,
    labels: Sequence[str | None],
    names: Sequence[str] = (),
    descriptions: np.ndarray | None = None,
) -> Judged | None:
    """Judges rows by those of them that have labels: a logistic regression on the directions of frozen vectors.

    Labels weigh the same however many rows they have, since rows that were chosen say nothing of how frequent a label
    is.

    Args:
        vectors: The vector of each row, `[rows, size]`.
        labels: The label of each row, `None` where it has none.
        names: Labels with a description, which counts as a row of the label.
        descriptions: The vectors of their descriptions, `[names, size]`; `None` if there are no names.

    Returns:
        The probabilities; `None` if there are fewer than two labels. Without labelled rows they are those of
        `zero_shot`.
    """
    rows = [row for row, label in enumerate(labels) if label is not None]
    every = tuple(sorted({*names, *(label for label in labels if label is not None)}))
    if len(every) < 2:
        return None
    if not rows and descriptions is not None:
        found = zero_shot(vectors, descriptions)
        return Judged(every, found[:, [list(names).index(name) for name in every]])
    unit = unit_vectors(vectors, vectors.mean(axis=0))
    learned, given = unit[rows], [every.index(str(labels[row])) for row in rows]
    if descriptions is not None:
        learned = np.concatenate([learned, unit_vectors(descriptions, descriptions.mean(axis=0))])
        given += [every.index(name) for name in names]
    model = LogisticRegression(C=_LOOSENESS, class_weight="balanced", max_iter=_MOST_ITERATIONS, tol=_TOLERANCE)
    # One thread: on a busy machine, threads that wait for each other take up to a hundred times as long.
    with threadpool_limits(1):
        return Judged(every, fitted(model, learned, np.array(given), unit, len(every)))
