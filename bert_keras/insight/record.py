"""The record of one text, all that the views show: a JSON header, and the attention of each layer as bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bert_keras.insight.architecture import architecture
from bert_keras.insight.attribution import METHODS, Attribution, attributions
from bert_keras.insight.gradient_attention import row_gradients
from bert_keras.insight.head_importance import head_importance_of
from bert_keras.insight.head_statistics import head_statistics
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.masking import masked_predictions
from bert_keras.insight.quantisation import CODE, quantise
from bert_keras.insight.record_prediction import answer_of, prediction_of
from bert_keras.insight.rounding import rounded
from bert_keras.insight.target import target_of
from bert_keras.insight.tokens import Tokens

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
    true: Any = None,
    masked: bool = True,
    served_difference: float | None = None,
    model_name: str | None = None,
    step: int | None = None,
) -> Record:
    """Creates the record of a text from its inspection.

    Args:
        inspection: The inspection of the text.
        name: The name of the text.
        methods: The attribution methods; see `attributions`.
        label: The label to explain; `None` means the predicted one.
        true: The true label, labels or number, for a classifier; the correct answers, for a reader, see `answer_of`.
            `None` means unknown.
        masked: Whether to predict with each word masked in turn, which costs a pass per word.
        served_difference: The largest difference from the logits of the exported model; `None` if that was not run.
        model_name: The name of the model; `None` means its Keras name.
        step: The optimizer step; `None` without a training.

    Returns:
        The record.

    Raises:
        InputError: A method is unknown, or a correct answer does not occur in the context.
        LabelError: The model does not have the label.
    """
    prediction, answer = prediction_of(inspection, true), answer_of(inspection, true)
    target = target_of(inspection, label)
    kept, gradients = quantise(inspection.weights), row_gradients(inspection, target)
    model: Any = inspection.model
    header = {
        "version": VERSION,
        "name": name,
        "task": getattr(model, "task", "answer"),
        "layers": inspection.weights.shape[0],
        "heads": inspection.weights.shape[1],
        "tokens": _tokens(inspection.tokens),
        "first": inspection.tokens.first,
        "second": inspection.tokens.second,
        "quantisation": {"code": CODE, "max_error": rounded(kept.max_error), "mean_error": rounded(kept.mean_error)},
        "logit_difference": rounded(inspection.logit_difference),
        "served_difference": None if served_difference is None else rounded(served_difference),
        "prediction": prediction,
        "answer": answer,
        "target": {"title": target.title, "rows": [int(row) for row in target.rows]},
        "methods": _methods(attributions(inspection, target, methods, gradients)),
        "statistics": _statistics(inspection, head_importance_of(inspection, target, gradients)),
        "inputs": {
            name: rounded(np.linalg.norm(part, axis=-1)) for name, part in inspection.embeddings._asdict().items()
        },
        "masked": _masked(inspection) if masked else None,
        "model": {"name": model_name or model.name, "architecture": architecture(model)},
        "step": step,
    }
    return Record(header, kept.layers)


def _tokens(tokens: Tokens) -> dict[str, Any]:
    columns = {name: getattr(tokens, name).tolist() for name in ("texts", "starts", "ends", "words")}
    return {"pieces": list(tokens.pieces)} | columns | {"segments": tokens.segment_ids.tolist()}


def _methods(found: Mapping[str, Attribution]) -> dict[str, Any]:
    return {
        name: {
            "title": made.title,
            "paper": made.paper,
            "values": rounded(made.values),
            "rank_correlation": rounded(made.rank_correlation),
            "note": made.note,
        }
        for name, made in found.items()
    }


def _statistics(inspection: Inspection, importance: np.ndarray) -> dict[str, Any]:
    of_heads = head_statistics(inspection.weights, inspection.tokens)
    statistics = {name: getattr(of_heads, name) for name in ("entropy", "distance", "cls", "sep", "previous", "next")}
    return {name: rounded(values) for name, values in (statistics | {"importance": importance}).items()}


def _masked(inspection: Inspection) -> dict[str, Any] | None:
    if inspection.tokens.special.all():
        return None
    made = masked_predictions(inspection)
    shares = {"probabilities": made.probabilities} if made.span_scores is None else {"span_scores": made.span_scores}
    told = {name: rounded(values) for name, values in shares.items()}
    return {"words": made.words.tolist()} | told | {"original": rounded(made.original)}
