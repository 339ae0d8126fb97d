"""How alike the vectors are of texts that belong together, and of others, and which groups are hardest."""

from dataclasses import dataclass

import numpy as np

from bert_keras import evaluation
from bert_keras.data import TextGroups
from bert_keras.data.spread import spread
from bert_keras.evaluation.vector_scores import unit
from bert_keras.training.group_results import GroupResults, SearchedTexts, searched_texts

_MOST_DRAWN = 2_000
_SEED = 0  # of the texts that are drawn for comparison: the same ones before and after a training


@dataclass(frozen=True)
class GroupSimilarities:
    """The cosines of pairs of texts.

    Attributes:
        together: Those of texts that belong together, or whose score is above the median, `[pairs]`.
        apart: Those of texts that do not, `[others]`.
    """

    together: np.ndarray
    apart: np.ndarray


def group_similarities(groups: TextGroups, vectors: np.ndarray) -> GroupSimilarities:
    """Computes the cosines of texts that belong together, and of some that do not.

    Of scored pairs these are the pairs above the median of the scores and the others. Else they are the first two texts
    of each group, and the first text of up to 2,000 groups with one drawn from those that do not belong to it, the same
    at each call.

    Args:
        groups: The groups.
        vectors: The vectors of their distinct texts, `[texts, dimension]`.

    Returns:
        The cosines.
    """
    if groups.kind == "scored_pairs":
        cosines = evaluation.paired_cosines(*(vectors[groups.members[:, side]] for side in (0, 1)))
        high = groups.numbers > np.median(groups.numbers)
        return GroupSimilarities(cosines[high], cosines[~high])
    drawn = groups.in_epoch(_SEED, 0)  # second texts, of labelled texts
    first, second = drawn.members[:, 0], drawn.members[:, 1]
    together = evaluation.paired_cosines(vectors[first], vectors[second])[first != second]
    rows, others = _others(groups)
    return GroupSimilarities(together, evaluation.paired_cosines(vectors[first[rows]], vectors[others]))


def _others(groups: TextGroups) -> tuple[np.ndarray, np.ndarray]:
    """Draws for some groups a text that does not belong to the first one; returns the groups and the texts."""
    searched, random = searched_texts(groups), np.random.default_rng(_SEED)
    rows, others = [], []
    for row in spread(len(groups), _MOST_DRAWN):
        places = np.flatnonzero(_foreign(searched, row))
        if len(places):
            rows.append(row)
            others.append(int(searched.candidates[random.choice(places)]))
    return np.array(rows, np.int64), np.array(others, np.int64)


def _foreign(searched: SearchedTexts, row: int) -> np.ndarray:
    """Returns which candidates do not belong to the first text of a group, and are not itself, `[candidates]` bool."""
    foreign = np.ones(len(searched.candidates), bool)
    foreign[searched.rights[row]] = False
    own = searched.own[row]
    if own is not None:
        foreign[own] = False
    return foreign


def hardest_groups(groups: TextGroups, found: GroupResults, count: int) -> np.ndarray:
    """Finds the groups that the vectors get most wrong.

    Args:
        groups: The groups.
        found: What a model makes of them.
        count: The maximum number of groups.

    Returns:
        The numbers of the groups whose text is found last, or whose rank by cosine is farthest from that by score, the
        hardest first, `[groups]`. Groups that are found at once are none of them.
    """
    if groups.kind == "scored_pairs":
        wrong = np.abs(_ranks(found.values) - _ranks(groups.numbers))
    else:
        wrong = np.maximum(found.values - 1, 0)
    order = np.argsort(-wrong, kind="stable")[:count]
    return order[wrong[order] > 0]


def found_instead(groups: TextGroups, vectors: np.ndarray, rows: np.ndarray) -> list[int]:
    """Finds the nearest text to the first one of some groups among those that do not belong to it.

    Args:
        groups: The groups, whose texts have no scores.
        vectors: The vectors of their distinct texts, `[texts, dimension]`.
        rows: The numbers of the groups, each of which has such a text.

    Returns:
        The number of the nearest text of each.
    """
    searched, found = searched_texts(groups), []
    candidates = unit(vectors[searched.candidates])
    for row in rows.tolist():
        cosines = np.where(_foreign(searched, row), candidates @ vectors[groups.members[row, 0]], -np.inf)
        found.append(int(searched.candidates[cosines.argmax()]))
    return found


def _ranks(values: np.ndarray) -> np.ndarray:
    """Returns the share of the values that are below each, equal ones half, `[values]`."""
    ordered = np.sort(values)
    below, up_to = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + up_to) / (2 * len(values))
