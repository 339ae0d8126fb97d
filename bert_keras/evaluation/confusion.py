"""The confusion matrix of a single-label classifier, by its cells that are not empty."""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

MOST_LABELS = 100
"""The number of labels up to which a confusion matrix is kept and drawn as a whole."""


@dataclass(frozen=True)
class Confusion:
    """The cells of a confusion matrix that hold rows; there are never more of them than rows.

    Attributes:
        true: The index of the true label of each cell, `[cells]`.
        predicted: The index of the predicted label of each cell, `[cells]`.
        rows: The number of rows in each cell, `[cells]`.
        labels: The number of labels.
    """

    true: np.ndarray
    predicted: np.ndarray
    rows: np.ndarray
    labels: int

    @classmethod
    def of(cls, targets: np.ndarray, predicted: np.ndarray, labels: int) -> "Confusion":
        """Counts rows by true and predicted label.

        Args:
            targets: The index of the true label of each row, `[rows]`.
            predicted: The index of the predicted label of each row, `[rows]`.
            labels: The number of labels.

        Returns:
            The matrix.
        """
        cells, rows = np.unique(np.asarray(targets, np.int64) * labels + predicted, return_counts=True)
        return cls(*np.divmod(cells, labels), rows, labels)

    @classmethod
    def of_matrix(cls, counts: np.ndarray) -> "Confusion":
        """Returns the cells of a whole matrix, `[labels, labels]`, true labels down and predicted ones across."""
        true, predicted = np.nonzero(counts)
        return cls(true, predicted, counts[true, predicted], len(counts))

    @property
    def right(self) -> int:
        """The number of rows whose true label is predicted."""
        return int(self.rows[self.true == self.predicted].sum())

    @property
    def total(self) -> int:
        """The number of rows."""
        return int(self.rows.sum())

    def of_true(self) -> np.ndarray:
        """Returns the number of rows of each true label, `[labels]`."""
        return np.bincount(self.true, self.rows, self.labels).astype(np.int64)

    def of_predicted(self) -> np.ndarray:
        """Returns the number of rows of each predicted label, `[labels]`."""
        return np.bincount(self.predicted, self.rows, self.labels).astype(np.int64)

    def matrix(self) -> np.ndarray:
        """Returns the whole matrix, `[labels, labels]`: for few labels."""
        return self.among(np.arange(self.labels))[:-1, :-1]

    def mistakes(self, most: int) -> list[tuple[int, int, int]]:
        """Returns the most frequent mistakes.

        Args:
            most: The maximum number of mistakes.

        Returns:
            True label, predicted label and rows of each, most rows first.
        """
        wrong = np.flatnonzero(self.true != self.predicted)
        some = wrong[np.argsort(-self.rows[wrong], kind="stable")[:most]]
        return list(zip(self.true[some].tolist(), self.predicted[some].tolist(), self.rows[some].tolist(), strict=True))

    def most_confused(self, most: int) -> np.ndarray:
        """Returns the labels of the most frequent mistakes, those of one mistake side by side.

        Args:
            most: The maximum number of labels, at least 2.

        Returns:
            The indices of the labels; without any mistakes, of the labels with most rows.
        """
        chosen: dict[int, None] = {}
        for true, predicted, _ in self.mistakes(most * most):
            new = [label for label in (true, predicted) if label not in chosen]
            if len(chosen) + len(new) <= most:
                chosen |= dict.fromkeys(new)
        if not chosen:
            return np.argsort(-self.of_true(), kind="stable")[:most]
        return np.array(list(chosen))

    def by_cluster(self) -> np.ndarray:
        """Returns an order of all labels in which those that are confused with each other stand side by side.

        It is that of the leaves of an average linkage; two labels are the nearer, the larger the share of their rows
        that are taken for the other.

        Returns:
            The indices of the labels, `[labels]`; in their own order without any mistakes.
        """
        matrix = self.matrix().astype(np.float64)
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        near = (shares + shares.T) / 2
        np.fill_diagonal(near, 0)
        if self.labels < 3 or not near.any():
            return np.arange(self.labels)
        far = 1 - near / near.max()
        np.fill_diagonal(far, 0)
        return leaves_list(linkage(squareform(far, checks=False), "average", optimal_ordering=True))

    def among(self, places: np.ndarray) -> np.ndarray:
        """Returns the matrix of some labels, in which all other labels are one.

        Args:
            places: The indices of the labels, `[some]`.

        Returns:
            The counts, `[some + 1, some + 1]`; the last row and column are the other labels'.
        """
        place_of = np.full(self.labels, len(places))
        place_of[places] = np.arange(len(places))
        counts = np.zeros([len(places) + 1] * 2, np.int64)
        np.add.at(counts, (place_of[self.true], place_of[self.predicted]), self.rows)
        return counts
