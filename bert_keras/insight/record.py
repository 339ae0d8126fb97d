"""The record of one text, all that the views show: a JSON header, and the attention of each layer as bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bert_keras.insight.architecture import architecture
from bert_keras.insight.attribution import METHODS, Attribution, attributions, best_method
from bert_keras.insight.decision import Decision
from bert_keras.insight.decisions import decisions_of, label_of
from bert_keras.insight.entity_decisions import MOST_ENTITIES
from bert_keras.insight.gradient_attention import row_gradients
from bert_keras.insight.head_importance import head_importance_of
from bert_keras.insight.head_statistics import head_statistics
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.label_attributions import LabelAttributions, label_attributions
from bert_keras.insight.masked_parts import MaskedParts, masked_parts
from bert_keras.insight.masking_agreement import masking_correlation
from bert_keras.insight.quantisation import CODE, quantise
from bert_keras.insight.record_marks import marks_of
from bert_keras.insight.record_prediction import answer_of, prediction_of
from bert_keras.insight.rounding import rounded
from bert_keras.insight.target import Target, target_of
from bert_keras.insight.tokens import Tokens
from bert_keras.models import MaskedLM, SpanExtractor, TokenClassifier

VERSION = 1
_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Record:
    """One text as it is logged, in version 1 of the format.

    Attributes:
        header: The header that `blobs` writes as JSON: tokens, prediction or answer, attributions, head statistics,
            model.
        layers: The quantised attention of each layer, `[heads, tokens, tokens]` uint8; see `quantisation`.
    """

    header: dict[str, Any]
    layers: tuple[np.ndarray, ...]

    def at(self, step: int) -> "Record":
        """Returns the same record at another optimizer step."""
        return replace(self, header=self.header | {"step": step})

    def blobs(self) -> list[bytes]:
        """Returns the header as UTF-8 JSON, followed by the bytes of each layer."""
        header = json.dumps(self.header, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return [header.encode("utf-8", "replace"), *(layer.tobytes() for layer in self.layers)]


def name_of(text: str) -> str:
    """Returns the name of a text that has none: its beginning on one line, of at most 60 characters."""
    line = " ".join(text.split())
    return (line if len(line) <= _NAME_LENGTH else line[: _NAME_LENGTH - 1] + "…") or "(empty text)"


def make_record(
    inspection: Inspection,
    *,
    name: str,
    methods: Sequence[str] = METHODS,
    label: str | None = None,
    against: str | None = None,
    true: Any = None,
    masked: bool = True,
    every_word: bool = False,
    served_difference: float | None = None,
    model_name: str | None = None,
    step: int | None = None,
) -> Record:
    """Creates the record of a text from its inspection.

    Args:
        inspection: The inspection of the text.
        name: The name of the text.
        methods: The attribution methods; see `attributions`.
        label: The label to explain; `None` means the predicted one. For a masked language model, a token; for a token
            classifier, a type of entity.
        against: A label to explain it against, as in "why the one and not the other"; `None` explains it by itself.
        true: The true label, labels or number, for a classifier; the correct answers, for a reader, see `answer_of`;
            the entities, for a token classifier, see `decisions_of`. `None` means unknown.
        masked: Whether to predict with words masked in turn, which costs a pass per word.
        every_word: Whether to mask each word of long texts too; see `masked_parts`.
        served_difference: The largest difference from the logits of the exported model; `None` if that was not run.
        model_name: The name of the model; `None` means its Keras name.
        step: The optimizer step; `None` without a training.

    Returns:
        The record.

    Raises:
        InputError: A method is unknown, or a correct answer does not occur in the context.
        LabelError: The model does not have the label.
    """
    model: Any = inspection.model
    label, against = (label_of(model, name) for name in (label, against))
    decisions = decisions_of(inspection, true, (label, against))
    asked = _Asked(methods, label, against, true, masked, every_word)
    told = [_explained(inspection.at(each), asked) for each in decisions] or [_explained(inspection, asked)]
    kept = quantise(inspection.weights)
    header = {
        "version": VERSION,
        "name": name,
        "task": _task(model),
        "layers": inspection.weights.shape[0],
        "heads": inspection.weights.shape[1],
        "tokens": _tokens(inspection.tokens),
        "first": inspection.tokens.first,
        "second": inspection.tokens.second,
        "quantisation": {"code": CODE, "max_error": rounded(kept.max_error), "mean_error": rounded(kept.mean_error)},
        "logit_difference": rounded(inspection.logit_difference),
        "served_difference": None if served_difference is None else rounded(served_difference),
        "answer": answer_of(inspection, true),
        "default_method": best_method(methods),
        "inputs": {
            name: rounded(np.linalg.norm(part, axis=-1)) for name, part in inspection.embeddings._asdict().items()
        },
        "left_out": _left_out(inspection, methods, masked),
        "model": {"name": model_name or model.name, "architecture": architecture(model)},
        "step": step,
    }
    statistics = _statistics(inspection)
    header |= told[0] | {"statistics": statistics | told[0]["statistics"]}
    if decisions:
        header |= _at_places(inspection, decisions, told, true)
    return Record(header, kept.layers)


@dataclass(frozen=True, slots=True)
class _Asked:
    methods: Sequence[str]
    label: str | None
    against: str | None
    true: Any
    masked: bool
    every_word: bool


def _explained(inspection: Inspection, asked: _Asked) -> dict[str, Any]:
    """Returns what a prediction, or one decision, depends on."""
    prediction, target = prediction_of(inspection, asked.true), target_of(inspection, asked.label, asked.against)
    gradients = row_gradients(inspection, target)
    labels = None
    if "integrated_gradients" in asked.methods:
        labels = label_attributions(inspection, [asked.label, asked.against, *_true_of(prediction)])
    integrated = None if labels is None else labels.of(target)
    found = attributions(inspection, target, asked.methods, gradients, integrated)
    special = inspection.tokens.special.all()
    parts = masked_parts(inspection, target, asked.every_word) if asked.masked and not special else None
    return {
        "prediction": prediction,
        "target": _target(target, prediction),
        "methods": _methods(found, inspection.tokens, parts, target),
        "label_attributions": None if labels is None else _labels(labels, parts),
        "statistics": {"importance": rounded(head_importance_of(inspection, target, gradients))},
        "masked": None if parts is None else _masked(parts, target),
    }


def _at_places(
    inspection: Inspection, decisions: Sequence[Decision], told: Sequence[Mapping[str, Any]], true: Any
) -> dict[str, Any]:
    """Returns the marks of a text, and what each decision depends on; the first is that of the header itself."""
    places: list[dict[str, Any]] = [{"title": each.title, "start": each.start, "end": each.end} for each in decisions]
    return {
        "marks": marks_of(inspection, decisions, true),
        "decisions": [places[0], *(place | {"told": of} for place, of in zip(places[1:], told[1:], strict=True))],
        "windows": None if inspection.tagged is None else [inspection.tagged.shown, inspection.tagged.windows],
    }


def _task(model: Any) -> str:
    names = {MaskedLM: "fill_mask", TokenClassifier: "tags", SpanExtractor: "answer"}
    return next((name for of, name in names.items() if isinstance(model, of)), getattr(model, "task", "answer"))


def _tokens(tokens: Tokens) -> dict[str, Any]:
    columns = {name: getattr(tokens, name).tolist() for name in ("texts", "starts", "ends", "words")}
    return {"pieces": list(tokens.pieces)} | columns | {"segments": tokens.segment_ids.tolist()}


def _true_of(prediction: Mapping[str, Any] | None) -> list[str]:
    if prediction is None or prediction["value"] is not None:
        return []
    return [name for name in prediction["true"] or [] if name in prediction["labels"]]  # or another span is true


def _target(target: Target, prediction: Mapping[str, Any] | None) -> dict[str, Any]:
    labels = [] if prediction is None else prediction["labels"]
    names = {
        name: labels[place] if labels and place is not None else None
        for name, place in (("label", target.label), ("against", target.against))
    }
    return {"title": target.title, "rows": [int(row) for row in target.rows]} | names


def _methods(
    found: Mapping[str, Attribution], tokens: Tokens, parts: MaskedParts | None, target: Target
) -> dict[str, Any]:
    drops = None if parts is None else parts.predictions.drops(target)
    return {name: _method(made, tokens, parts, drops) for name, made in found.items()}


def _method(made: Attribution, tokens: Tokens, parts: MaskedParts | None, drops: Any) -> dict[str, Any]:
    holds = np.full(len(made.values), np.nan)
    if parts is not None:
        holds = masking_correlation(made.values, tokens, parts.predictions.words, drops, made.signed)
    return {
        "title": made.title,
        "paper": made.paper,
        "values": rounded(made.values),
        "rank_correlation": rounded(made.rank_correlation),
        "masking_correlation": rounded(holds),
        "signed": made.signed,
        "knows_target": made.knows_target,
        "errors": None if made.errors is None else rounded(made.errors),
        "note": made.note,
    }


def _labels(made: LabelAttributions, parts: MaskedParts | None) -> dict[str, Any]:
    told = {
        "values": [each.values for each in made.integrated],
        "scores": [each.score for each in made.integrated],
        "baseline_scores": [each.baseline_score for each in made.integrated],
        "gaps": [each.gap for each in made.integrated],
    }
    drops = None if parts is None else [rounded(parts.predictions.drops(target)) for target in made.targets]
    return {"labels": list(made.labels), "steps": made.integrated[0].steps, "drops": drops} | {
        name: rounded(values) for name, values in told.items()
    }


def _left_out(inspection: Inspection, methods: Sequence[str], masked: bool) -> dict[str, str]:
    """Returns why what a reader of the record may look for is not in it."""
    why = {}
    if not masked:
        why["masked"] = "Words were not masked, which takes a pass for each of them."
    elif inspection.tokens.special.all():
        why["masked"] = "The text has no words to mask."
    if inspection.tagged is not None:
        why["marks"] = f"Explained are entities that the shown window decides whole, the first {MOST_ENTITIES} of them."
    if "integrated_gradients" not in methods:
        why["integrated_gradients"] = "Integrated gradients were not asked for; they take about twenty passes."
    return why


def _statistics(inspection: Inspection) -> dict[str, Any]:
    of_heads = head_statistics(inspection.weights, inspection.tokens)
    names = ("entropy", "distance", "cls", "sep", "previous", "next")
    return {name: rounded(getattr(of_heads, name)) for name in names}


def _masked(parts: MaskedParts, target: Target) -> dict[str, Any]:
    made = parts.predictions
    shares = {"probabilities": made.probabilities} if made.span_scores is None else {"span_scores": made.span_scores}
    told = {name: rounded(values) for name, values in (shares | {"drops": made.drops(target)}).items()}
    about = {"original": rounded(made.original), "note": parts.note, "sentences": _sentences(parts)}
    return {"words": made.words.tolist()} | told | about


def _sentences(parts: MaskedParts) -> dict[str, Any] | None:
    if not parts.sentences:
        return None
    return {
        "texts": [each.text for each in parts.sentences],
        "starts": [each.start for each in parts.sentences],
        "ends": [each.end for each in parts.sentences],
        "words": [[each.first_word, each.end_word] for each in parts.sentences],
        "drops": rounded(parts.sentence_drops),
        "searched": parts.searched.tolist(),
    }
