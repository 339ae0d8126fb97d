"""Precision, recall and F1 of entities, as `seqeval` computes them in its default mode (Nakayama 2018)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class WordSpan(NamedTuple):
    """An entity as words of its text.

    Attributes:
        first: The index of its first word.
        last: The index of its last word.
        label: The type of entity.
    """

    first: int
    last: int
    label: str


@dataclass(frozen=True)
class EntityScores:
    """The entities of one type, or of all, that were found.

    Attributes:
        right: The number of entities that are found with their type and their bounds.
        predicted: The number of entities that are predicted.
        gold: The number of entities that there are.
    """

    right: int
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        """The share of the predicted entities that are right; 0 without any."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold entities that are found; 0 without any."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 if both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def entity_scores(gold: Sequence[Sequence[WordSpan]], predicted: Sequence[Sequence[WordSpan]]) -> dict[str, Any]:
    """Compares entities; one is right if its first word, its last word and its type are.

    Args:
        gold: The entities of each text.
        predicted: The entities that are predicted for each text.

    Returns:
        `micro_f1`, `micro_precision` and `micro_recall` over all entities; `macro_f1`, `macro_precision` and
        `macro_recall`, the means over the types that occur in either; and `by_type`, for each of these types its
        `name`, `f1`, `precision`, `recall`, `entities` and `predicted`.
    """
    right = Counter(span.label for here, there in zip(gold, predicted, strict=True) for span in {*here} & {*there})
    counts = [Counter(span.label for spans in of for span in {*spans}) for of in (predicted, gold)]
    names = sorted(counts[0].keys() | counts[1].keys())
    of_types = [EntityScores(right[name], *(count[name] for count in counts)) for name in names]
    whole = EntityScores(right.total(), *(count.total() for count in counts))
    scores: dict[str, Any] = {f"micro_{name}": getattr(whole, name) for name in ("f1", "precision", "recall")}
    for name in ("f1", "precision", "recall"):
        scores[f"macro_{name}"] = sum(getattr(of, name) for of in of_types) / max(1, len(of_types))
    scores["by_type"] = [
        {
            "name": name,
            "f1": of.f1,
            "precision": of.precision,
            "recall": of.recall,
            "entities": of.gold,
            "predicted": of.predicted,
        }
        for name, of in zip(names, of_types, strict=True)
    ]
    return scores
