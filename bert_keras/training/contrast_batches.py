"""The batches of a contrast of labelled rows: rows of the same label meet in each."""

from collections.abc import Iterator

import numpy as np


def contrast_batches(targets: np.ndarray, batch_size: int, passes: int, seed: int) -> list[np.ndarray]:
    """Plans batches in which rows of one label meet each other and rows of other labels.

    Args:
        targets: The index of each row's label, `[rows]`; or zeros and ones, `[rows, labels]`, whose rows are shuffled.
        batch_size: The largest number of rows in a batch.
        passes: How many times all rows are seen.
        seed: The random seed.

    Returns:
        The row indices of each batch. If all rows fit into one, every batch has all of them.
    """
    count = len(targets)
    if count <= batch_size:
        return [np.arange(count)] * passes
    return [
        batch for one in range(passes) for batch in _one_pass(targets, batch_size, np.random.default_rng([seed, one]))
    ]


def weak_contrast_batches(
    targets: np.ndarray, labelled: int, batch_size: int, passes: int, seed: int
) -> list[np.ndarray]:
    """Plans batches of labelled rows and of more rows, whose labels a model gave them.

    Up to half of each batch are labelled rows, or more where the others do not fill the other half, so that these are
    seen as often as without the others, and the others as often as the rest of the batches has room for.

    Args:
        targets: The index of each row's label, `[rows]`, the labelled rows first.
        labelled: The number of labelled rows.
        batch_size: The largest number of rows in a batch.
        passes: How many times all labelled rows are seen.
        seed: The random seed.

    Returns:
        The row indices of each batch.
    """
    others = targets[labelled:]
    own = contrast_batches(targets[:labelled], max(1, batch_size // 2, batch_size - len(others)), passes, seed)
    room = batch_size - max(map(len, own))
    a_pass = -(-len(others) // room)
    more = contrast_batches(others, room, -(-len(own) // a_pass), seed)
    return [np.concatenate([rows, labelled + weak]) for rows, weak in zip(own, more, strict=False)]


def _one_pass(targets: np.ndarray, batch_size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yields all rows once, in batches of nearly equal size."""
    order = random.permutation(len(targets))
    if targets.ndim == 1:
        order = order[_grouped(targets[order], batch_size, random)]
    yield from np.array_split(order, -(-len(order) // batch_size))


def _grouped(labels: np.ndarray, batch_size: int, random: np.random.Generator) -> np.ndarray:
    """Orders rows so that those of a label stand together by twos or more, each batch with as many labels as it can."""
    kinds, sizes = np.unique(labels, return_counts=True)
    together = max(2, batch_size // len(kinds))
    groups = [
        part
        for kind, size in zip(kinds, sizes, strict=True)
        # As few groups as there can be of that size, all nearly as large: none is a row by itself unless it must be.
        for part in np.array_split(np.flatnonzero(labels == kind), max(1, size // together))
    ]
    return np.concatenate([groups[place] for place in random.permutation(len(groups))])
