"""The prediction or answer of a model, as the header of a record holds it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras.classification.answers import chosen_of
from bert_keras.errors import InputError, LabelError
from bert_keras.insight.decision import Decision
from bert_keras.insight.document import Document
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.rounding import rounded


def prediction_of(inspection: Inspection, true: Any) -> dict[str, Any] | None:
    """Describes the prediction of a classifier, or what is decided at one place of the text.

    Args:
        inspection: The inspection of the text.
        true: The true label, several labels, or a number; `None` means unknown.

    Returns:
        The header's `prediction`; `None` for a reader.

    Raises:
        LabelError: The model does not have a label.
    """
    if inspection.document is not None:
        return None
    if inspection.decision is not None:
        return _decided(inspection.decision)
    model: Any = inspection.model
    outputs = model.to_outputs(inspection.logits[np.newaxis])[0]
    number = model.task == "regression"
    return {
        "labels": list(model.labels),
        "logits": rounded(inspection.logits),
        "probabilities": [] if number else rounded(outputs),
        "predicted": [] if number else [model.labels[place] for place in _chosen(model, outputs)],
        "true": _true_labels(model.labels, true, number),
        "value": rounded(outputs) if number else None,
    }


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "labels": list(decision.labels),
        "logits": rounded(decision.scores),
        "probabilities": rounded(decision.probabilities),
        "predicted": [decision.labels[decision.predicted]],
        "true": None if decision.true is None else [decision.true],
        "value": None,
    }


def _chosen(model: Any, probabilities: np.ndarray) -> list[int]:
    if model.task == "single_label":
        return [int(probabilities.argmax())]
    return np.flatnonzero(chosen_of(probabilities, model.thresholds)).tolist()


def _true_labels(labels: Sequence[str], true: Any, number: bool) -> list[str] | None:
    if true is None:
        return None
    if number:
        return [f"{true:g}" if isinstance(true, int | float) else str(true)]
    names = [true] if isinstance(true, str) else list(true)
    unknown = [name for name in names if name not in labels]
    if unknown:
        raise LabelError(f"the model's labels are {', '.join(labels)}. Received: {', '.join(map(repr, unknown))}")
    return names


def answer_of(inspection: Inspection, true: Any) -> dict[str, Any] | None:
    """Describes the answer of a reader.

    Args:
        inspection: The inspection of the question and its context.
        true: The correct answers: a text that occurs in the context, or a list of such texts and of spans, which are
            objects with `start` and `end` or tuples. An empty list means that there is no answer, `None` means unknown.

    Returns:
        The header's `answer`; `None` for a classifier.

    Raises:
        InputError: A correct answer does not occur in the context.
    """
    document = inspection.document
    if document is None:
        return None
    model: Any = inspection.model
    answer = document.answer
    return {
        "windows": [
            {"start": window.start, "end": window.end, "first_token": window.first_token, "tokens": window.tokens}
            for window in document.windows
        ],
        "shown": document.shown,
        "token_starts": document.token_starts.tolist(),
        "token_ends": document.token_ends.tolist(),
        "start_probabilities": rounded(document.start_probabilities),
        "end_probabilities": rounded(document.end_probabilities),
        "predicted": _span(answer) if answer.text else None,
        "null_odds": rounded(answer.null_odds),
        "null_threshold": None if model.null_threshold is None else rounded(model.null_threshold),
        "n_best": [_span(span) for span in answer.n_best],
        "gold": None if true is None else _gold(document, true),
    }


def _span(span: Any) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.text, "score": rounded(span.score)}


def _gold(document: Document, true: Any) -> list[dict[str, Any]]:
    spans: Iterable[Any] = [_found(document.context, true)] if isinstance(true, str) else true
    told = []
    for span in spans:
        start, end = _found(document.context, span) if isinstance(span, str) else _ends(span)
        if not 0 <= start < end <= len(document.context):
            raise InputError(
                f"the context has {len(document.context)} characters, and no answer from {start} to {end}; "
                "answers are given by their first character and one past their last"
            )
        told.append({"start": start, "end": end, "text": document.context[start:end]})
    return told


def _ends(span: Any) -> tuple[int, int]:
    start, end = (span.start, span.end) if hasattr(span, "start") else span
    return int(start), int(end)


def _found(context: str, text: str) -> tuple[int, int]:
    start = context.find(text)
    if start < 0 or not text:
        raise InputError(
            f"the right answer stands nowhere in the context. Received: {text!r:.80}; "
            "an empty list says that there is none"
        )
    return start, start + len(text)
