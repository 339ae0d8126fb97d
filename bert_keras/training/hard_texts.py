"""Hard negatives: texts that a text encoder finds near an anchor, and that do not belong to it."""

from collections import defaultdict

import numpy as np

from bert_keras.data import TextGroups

_NEAREST_ALLOWED = 0.95  # of the positive's cosine
_BLOCK = 2**22  # cosines held in memory at once


def hard_texts(groups: TextGroups, vectors: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Finds for each anchor the nearest positives of other anchors.

    A text above 0.95 of the cosine of the anchor's own positive is left out, since it may well belong to the anchor
    (Moreira et al. 2024, TopK-PercPos). Where too few are left, others are drawn.

    Args:
        groups: Pairs or triples.
        vectors: The vectors of the distinct texts, `[texts, dimension]`, e.g. of `group_results`.
        count: The number of negatives for each group.
        seed: The random seed.

    Returns:
        The numbers of the texts, `[groups, count]` int32; some may be repeated.

    Raises:
        ValueError: An anchor has all positives, so that there is none for a negative.
    """
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    firsts, positives = groups.members[:, 0], groups.members[:, 1]
    candidates, random = np.unique(positives), np.random.default_rng(seed)
    places = {int(text): place for place, text in enumerate(candidates)}
    known: dict[int, set[int]] = defaultdict(set)
    for first, positive in zip(firsts.tolist(), positives.tolist(), strict=True):
        known[first] |= {places[positive], *([places[first]] if first in places else [])}
    found = np.empty([len(groups), count], np.int32)
    size = max(1, _BLOCK // len(candidates))
    for begin in range(0, len(groups), size):
        rows = np.arange(begin, min(begin + size, len(groups)))
        cosines = units[firsts[rows]] @ units[candidates].T
        for row, of_anchor in zip(rows.tolist(), cosines, strict=True):
            own = known[int(firsts[row])]
            most = _NEAREST_ALLOWED * of_anchor[places[int(positives[row])]]
            of_anchor[list(own)] = -np.inf
            found[row] = candidates[_chosen(of_anchor, most, count, random)]
    return found


def _chosen(cosines: np.ndarray, most: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Returns the places of the highest cosines up to `most`, and random ones of the rest where these are too few."""
    allowed = np.where(cosines <= most, cosines, -np.inf)
    nearest = np.argpartition(-allowed, min(count, len(allowed) - 1))[:count]
    best = nearest[np.argsort(-allowed[nearest], kind="stable")]
    best = best[np.isfinite(allowed[best])]
    if len(best) < count:
        others = np.flatnonzero(np.isfinite(cosines))
        if not len(others):
            raise ValueError("each text belongs to the anchor")
        best = np.concatenate([best, random.choice(others, count - len(best))])
    return best
