"""Which rows to label next: uncertain ones of a fast classifier, spread by k-means; without one, typical ones.

The most uncertain rows alone are often alike; the centres of all rows teach little once their labels are known. So the
rows are clusters of the most uncertain (Zhdanov 2019, "Diverse mini-batch active learning"), and from nothing clusters
of all (Hacohen et al. 2022, "Active learning on a budget": typical rows first).
"""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from bert_keras.labelling.near_texts import NearTexts

_UNCERTAIN = 20
"""The number of uncertain rows among which one is chosen."""
_MOST = 20_000  # rows that are clustered; of more, evenly spread ones
_STEPS = 30


def uncertain_rows(probabilities: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Returns the rows whose two most probable labels are closest, 20 for each that is to be chosen.

    Args:
        probabilities: The probabilities of all labels, `[all rows, labels]`; at least two labels.
        rows: The indices of the rows to choose from.
        count: The number of rows to choose.

    Returns:
        Their indices, the most uncertain first.
    """
    first_two = np.partition(probabilities[rows], -2, axis=1)[:, -2:]
    order = np.argsort(first_two[:, 1] - first_two[:, 0], kind="stable")
    return rows[order[: _UNCERTAIN * count]]


def spread_rows(unit: np.ndarray, rows: np.ndarray, texts: Sequence[str], known: NearTexts, count: int) -> list[int]:
    """Chooses rows that are unlike each other: of each of some clusters the row nearest to its centre.

    Args:
        unit: The direction of each row from the mean, `[all rows, size]`.
        rows: The indices of the rows to choose from, the most wanted first.
        texts: The texts of all rows.
        known: The texts that are labelled already. No row whose text is nearly the same as one of them or as that of
            a chosen row is chosen; the chosen ones are added.
        count: The number of rows to choose.

    Returns:
        The indices, those of the largest clusters first; fewer than `count` if there are no more such texts.
    """
    chosen: list[int] = []
    # Where all rows of a cluster are nearly known, the best of the other rows fill its place.
    for group in [*_clusters(unit, rows, count), *rows[:, np.newaxis]]:
        row = next((row for row in group.tolist() if texts[row] not in known), None)
        if row is not None and len(chosen) < count:
            known.add(texts[row])
            chosen.append(row)
    return chosen


def _clusters(unit: np.ndarray, rows: np.ndarray, count: int) -> list[np.ndarray]:
    """Returns the rows of each cluster, the nearest to its centre first; the largest cluster first."""
    some = rows[np.arange(min(len(rows), _MOST)) * len(rows) // min(len(rows), _MOST)]
    vectors = unit[some]
    wanted = min(count, len(np.unique(vectors.round(6), axis=0)))
    # One thread: on a busy machine, threads that wait for each other take up to a hundred times as long.
    with threadpool_limits(1):
        model = KMeans(wanted, n_init=1, max_iter=_STEPS, random_state=0).fit(vectors)
    far = np.square(vectors - model.cluster_centers_[model.labels_]).sum(axis=1)
    groups = [np.flatnonzero(model.labels_ == cluster) for cluster in range(wanted)]
    groups.sort(key=len, reverse=True)
    return [some[group[np.argsort(far[group], kind="stable")]] for group in groups]
