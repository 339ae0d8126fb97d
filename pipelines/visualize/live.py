"""The look at a text that is typed into the Attention tab, with the model that `visualize --open` holds."""

import contextlib
from collections.abc import Sequence
from typing import Any

from bert_keras.classification import Classification, MultiLabel, Regression
from bert_keras.insight.attribution import METHODS
from bert_keras.insight.inspection import attention
from bert_keras.insight.masked_heads import masked_heads
from bert_keras.insight.record import make_record, name_of
from bert_keras.models import Entity, MaskedLM, MaskedToken, SpanExtractor, TokenClassifier
from bert_keras.tensorboard_plugin.live import Live

from .model import Looked

_QUICK = ("gradient",)
_LONG = 128  # tokens up to which all is computed once nothing is typed any more


def live(model: Looked, name: str, pairs: bool) -> Live:
    """Returns what lets the tab ask a model.

    Args:
        model: The model.
        name: The name of the model in the views.
        pairs: Whether it takes pairs of texts.
    """

    def look(first: str, second: str | None, heads: Sequence[tuple[int, int]], whole: bool) -> list[bytes]:
        with masked_heads(model, heads) if heads else contextlib.nullcontext():
            inspection = attention(model, first, second)
            whole = whole and len(inspection.tokens) <= _LONG
            record = make_record(
                inspection,
                name=name_of(first),
                model_name=name,
                methods=METHODS if whole else _QUICK,
                masked=whole,
            )
        return record.blobs()

    def predict(first: str, second: str | None, heads: Sequence[tuple[int, int]]) -> str:
        with masked_heads(model, heads) if heads else contextlib.nullcontext():
            if isinstance(model, SpanExtractor):
                return _said(model.answer(question=first, context=second or ""))
            if isinstance(model, MaskedLM):
                return _filled(model.fill(first, top=1))
            if isinstance(model, TokenClassifier):
                return _tagged(model.tag([first])[0])
            return _said(model.classify([first if second is None else (first, second)])[0])

    takes = "question" if isinstance(model, SpanExtractor) else "pair" if pairs else "text"
    return Live(predict, look, takes)


def _said(answer: Any) -> str:
    match answer:
        case Classification():
            return f"{answer.label} {answer.probability:.1%}"
        case MultiLabel():
            return ", ".join(f"{label} {answer.probabilities[label]:.1%}" for label in answer.labels) or "no label"
        case Regression():
            return f"{answer.score:.4g}"
    return f"{answer.text} {answer.score:.3f}" if answer.text else "no answer"


def _filled(masks: Sequence[Sequence[MaskedToken]]) -> str:
    return ", ".join(f"{best.token} {best.probability:.1%}" for best, *_ in masks)


def _tagged(entities: Sequence[Entity]) -> str:
    return ", ".join(f"{each.text} {each.label} {each.score:.1%}" for each in entities) or "no entity"
