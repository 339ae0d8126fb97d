"""What an attribution explains: a label's logit, or where an answer begins and ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.errors import LabelError
from bert_keras.insight.inspection import Inspection
from bert_keras.models import SpanExtractor

_CLS = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A number that the model says about a row.

    Attributes:
        title: What it is, in words.
        rows: The tokens from which the head reads: `[CLS]`, or first and last token of the answer.
        label: Place of the label whose logit it is; None of a reader, whose start and end logits at `rows` are added.
    """

    title: str
    rows: tuple[int, ...]
    label: int | None

    def score(self, outputs: Any) -> tf.Tensor:
        """Takes the number from a model's outputs.

        Args:
            outputs: Logits `[batch, labels]`, or "start" and "end" `[batch, tokens]`.

        Returns:
            `[batch]` float32.
        """
        if self.label is not None:
            return outputs[:, self.label]
        return outputs["start"][:, self.rows[0]] + outputs["end"][:, self.rows[-1]]


def target_of(inspection: Inspection, label: str | None = None) -> Target:
    """Says what to explain of a row.

    Args:
        inspection: The pass.
        label: Of a classifier, the label; without it the one that is predicted. Of a reader it is the best answer in
            the window that is shown, or that there is no answer.

    Returns:
        The target.

    Raises:
        LabelError: A label that the model does not have.
    """
    if isinstance(inspection.model, SpanExtractor):
        if label is not None:
            raise LabelError(f"a reader has no labels; its answer is explained. Received: {label!r}")
        return _span(inspection)
    labels = tuple(getattr(inspection.model, "labels", ()))
    if label is not None and label not in labels:
        known = ", ".join(labels) or "none, it is a regression"
        raise LabelError(f"the model's labels are {known}. Received: {label!r}")
    if not labels:
        return Target("the predicted number", (_CLS,), 0)
    place = int(np.argmax(inspection.logits)) if label is None else labels.index(label)
    return Target(f"label {labels[place]}", (_CLS,), place)


def _span(inspection: Inspection) -> Target:
    document = inspection.document
    if document is not None:
        if not document.answer.text:
            return Target("no answer", (_CLS,), None)
        columns = document.columns(document.answer.start, document.answer.end)
        if columns is not None:
            return Target("the answer's start and end", tuple(dict.fromkeys(columns)), None)
    columns = best_columns(inspection.logits["start"], inspection.logits["end"])
    return Target("the best span of this window", tuple(dict.fromkeys(columns)), None)


def best_columns(start: np.ndarray, end: np.ndarray) -> tuple[int, int]:
    """Finds the pair of columns, start not behind end, whose logits add up to the most.

    Args:
        start: Start logits, `[tokens]`.
        end: End logits, `[tokens]`.

    Returns:
        First and last column; 0 and 0, those of `[CLS]`, for "no answer".
    """
    sums = np.triu(start[:, np.newaxis] + end) + np.tril(np.full((len(start), len(start)), -np.inf), -1)
    sums[0, 1:] = -np.inf
    first, last = np.unravel_index(np.argmax(sums), sums.shape)
    return int(first), int(last)
