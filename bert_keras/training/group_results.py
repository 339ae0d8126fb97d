"""The vectors of groups of texts, and how well they find what belongs together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bert_keras import evaluation
from bert_keras.data import TextGroups
from bert_keras.models import TextEncoder
from bert_keras.training.predict import predict_logits


@dataclass(frozen=True)
class GroupResults:
    """What a text encoder makes of groups.

    Attributes:
        vectors: The vectors of the distinct texts, `[texts, dimension]` float32.
        values: What each group is scored by, `[groups]`: of scored pairs the cosine; else the place of the first text
            that belongs to the first text of the group, counted from 1, or 0 if there is none to be found.
        scores: The metrics by name; with dimensions also `by_dimension`, a list of them.
        intervals: The 95 % intervals of the metrics by name.
    """

    vectors: np.ndarray
    values: np.ndarray
    scores: dict[str, Any]
    intervals: dict[str, evaluation.Interval]


def group_results(
    encoder: TextEncoder,
    groups: TextGroups,
    token_budget: int = 4096,
    on_texts: Callable[[int], object] = lambda texts: None,
    dimensions: Sequence[int] = (),
) -> GroupResults:
    """Runs a text encoder over groups of texts.

    Of pairs, each anchor is searched among the distinct positives of all of them, and finds any of its own; of labelled
    texts, each is searched among all others, and finds those of its label.

    Args:
        encoder: The model.
        groups: The groups.
        token_budget: The maximum number of tokens per batch, padding included.
        on_texts: A function that receives the number of texts of each batch when it is done.
        dimensions: The sizes of beginnings of the vectors that are scored, too.

    Returns:
        The results.
    """
    return score_groups(groups, predict_logits(encoder, groups.tokens, token_budget, on_texts), dimensions)


def score_groups(groups: TextGroups, vectors: np.ndarray, dimensions: Sequence[int] = ()) -> GroupResults:
    """Scores groups of texts by their vectors; see `group_results`.

    Args:
        groups: The groups.
        vectors: The vectors of their distinct texts, `[texts, dimension]`.
        dimensions: As in `group_results`.
    """
    values = _values(groups, vectors)
    scores: dict[str, Any] = dict(_scores(groups, values))
    if dimensions:
        beginnings = [(size, _values(groups, vectors[:, :size])) for size in dimensions]
        scores["by_dimension"] = [{"dimension": size} | _scores(groups, of_size) for size, of_size in beginnings]
    return GroupResults(vectors, values, scores, _intervals(groups, values))


def _values(groups: TextGroups, vectors: np.ndarray) -> np.ndarray:
    if groups.kind == "scored_pairs":
        return evaluation.paired_cosines(*(vectors[groups.members[:, side]] for side in (0, 1)))
    searched = searched_texts(groups)
    candidates = vectors[searched.candidates]
    return evaluation.first_ranks(vectors[groups.members[:, 0]], candidates, searched.rights, searched.own)


@dataclass(frozen=True)
class SearchedTexts:
    """The texts among which the first text of each group is searched.

    Attributes:
        candidates: The numbers of the texts, ascending, `[candidates]`.
        rights: For each group the places among the candidates of those that belong to its first text.
        own: For each group the place of its first text itself, which is not searched; `None` if it is no candidate.
    """

    candidates: np.ndarray
    rights: Sequence[np.ndarray]
    own: Sequence[int | None]


def searched_texts(groups: TextGroups) -> SearchedTexts:
    """Returns among which texts the first text of each group is searched, and which of them belong to it."""
    first = groups.members[:, 0]
    labelled = groups.kind == "labelled_texts"
    candidates, place = np.unique(first if labelled else groups.members[:, 1], return_inverse=True)
    keys = groups.numbers if labelled else first
    own = {int(text): row for row, text in enumerate(candidates)}
    _, of_key = np.unique(keys, return_inverse=True)
    order = np.argsort(of_key, kind="stable")
    relevant = [np.unique(some) for some in np.split(place[order], np.cumsum(np.bincount(of_key))[:-1])]
    rights = [relevant[key] for key in of_key]
    itself = [own.get(int(text)) for text in first]
    rights = [right[right != at] if at is not None else right for right, at in zip(rights, itself, strict=True)]
    return SearchedTexts(candidates, rights, itself)


def _scores(groups: TextGroups, values: np.ndarray) -> dict[str, float]:
    if groups.kind == "scored_pairs":
        return evaluation.similarity_scores(groups.numbers, values)
    found = values[values > 0]
    # Without any text that belongs to another, nothing can be found.
    return evaluation.ranking_scores(found if len(found) else np.array([np.inf]))


def _intervals(groups: TextGroups, values: np.ndarray) -> dict[str, evaluation.Interval]:
    names = evaluation.METRICS[groups.kind]
    if groups.kind == "scored_pairs":

        def correlation(name: str, rows: np.ndarray) -> float:
            return evaluation.similarity_scores(groups.numbers[rows], values[rows])[name]

        return {name: evaluation.bootstrap_rows(len(values), partial(correlation, name)) for name in names}
    found = values[values > 0]
    if not len(found):
        return {}
    columns = np.stack([1 / found, found <= 1, found <= 10], axis=1)
    return evaluation.bootstrap(columns, {name: partial(_column, place) for place, name in enumerate(names)})


def _column(place: int, means: np.ndarray) -> np.ndarray:
    return means[..., place]
