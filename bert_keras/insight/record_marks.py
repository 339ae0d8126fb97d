"""What is marked in the text of a record: the masks with their likeliest tokens, the entities with their types."""

from collections.abc import Sequence
from typing import Any

from bert_keras.insight.decision import Decision
from bert_keras.insight.decisions import true_entities
from bert_keras.insight.entity_decisions import missed, none_label, truth_at
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.rounding import rounded
from bert_keras.models import TokenClassifier


def marks_of(inspection: Inspection, decisions: Sequence[Decision], true: Any) -> list[dict[str, Any]]:
    """Describes the marks of a text, those that no decision explains included.

    Args:
        inspection: The inspection of the text.
        decisions: What is explained of it; see `decisions_of`.
        true: The entities that there are, as `decisions_of` takes them.

    Returns:
        Marks with `start` and `end`, `label` and its probability as `score`, `decision`, the index of what explains
        it, or null, and `state`: "found", "wrong", "missed" (an entity that was not found, whose `score` is null), or
        "none" (what is nearest to being an entity); with `true`, what is true there, or null.
    """
    told = _of_entities(inspection, true) if inspection.tagged is not None else []
    places = {(each.start, each.end): number for number, each in enumerate(decisions)}
    there = {(mark["start"], mark["end"]) for mark in told}
    told += [_of_decision(inspection, each) for each in decisions if (each.start, each.end) not in there]
    told.sort(key=lambda mark: mark["start"])
    return [mark | {"decision": places.get((mark["start"], mark["end"]))} for mark in told]


def _of_entities(inspection: Inspection, given: Any) -> list[dict[str, Any]]:
    tagged, model, text = inspection.tagged, inspection.model, inspection.tokens.first
    assert tagged is not None and isinstance(model, TokenClassifier)
    true, none = true_entities(inspection, given), none_label(model.scheme)
    told = []
    for entity in tagged.entities:
        truth = truth_at(entity.start, entity.end, text, true, none)
        state = "found" if truth in (None, entity.label) else "wrong"
        told.append(_mark(entity.start, entity.end, entity.label, rounded(entity.score), state, truth))
    told += [
        _mark(span.start, span.end, span.label, None, "missed", span.label) for span in missed(tagged.entities, true)
    ]
    return told


def _of_decision(inspection: Inspection, decision: Decision) -> dict[str, Any]:
    state = "found" if inspection.tagged is None else "none"
    label, score = decision.labels[decision.predicted], decision.probabilities[decision.predicted]
    return _mark(decision.start, decision.end, label, rounded(score), state, decision.true)


def _mark(start: int, end: int, label: str, score: Any, state: str, true: str | None) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, "score": score, "state": state, "true": true}
