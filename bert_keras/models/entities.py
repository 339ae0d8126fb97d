"""The entities that a token classifier finds in a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity, or another span that a token classifier marks.

    Attributes:
        text: The span, `text[start:end]` of the text that it is in.
        label: The type of entity.
        start: The index of its first code point in the text.
        end: The index after its last code point.
        score: The mean probability of its words' tags.
    """

    text: str
    label: str
    start: int
    end: int
    score: float


def entities_by_text(
    texts: Sequence[str], of: np.ndarray, labels: Sequence[str], starts: Any, ends: Any, scores: Any
) -> Iterator[tuple[Entity, ...]]:
    """Groups entities by their texts.

    Args:
        texts: The texts.
        of: The index of each entity's text, `[entities]`, ascending.
        labels: The type of each entity.
        starts: The index of its first code point, `[entities]`.
        ends: The index after its last code point, `[entities]`.
        scores: Its score, `[entities]`.

    Yields:
        The entities of each text, in the order of the text.
    """
    edges = np.searchsorted(of, np.arange(len(texts) + 1)).tolist()
    rows = list(zip(labels, np.asarray(starts).tolist(), np.asarray(ends).tolist(), scores.tolist(), strict=True))
    for place, text in enumerate(texts):
        here = rows[edges[place] : edges[place + 1]]
        yield tuple(Entity(text[start:end], label, start, end, score) for label, start, end, score in here)
