"""The target of an attribution: the logit of a label, or the start and end logits of an answer."""

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
    """A model output to explain.

    Attributes:
        title: The description of the output.
        rows: The tokens that the head reads: `[CLS]`, or the first and the last token of the answer.
        label: The index of the label whose logit is explained; `None` for a reader, where it is the sum of the start
            and end logits at `rows`.
    """

    title: str
    rows: tuple[int, ...]
    label: int | None

    def score(self, outputs: Any) -> tf.Tensor:
        """Computes the target from the outputs of a model.

        Args:
            outputs: The logits, `[batch, labels]`; for a reader, "start" and "end", each `[batch, tokens]`.

        Returns:
            The target, `[batch]` float32.
        """
        if self.label is not None:
            return outputs[:, self.label]
        return outputs["start"][:, self.rows[0]] + outputs["end"][:, self.rows[-1]]


def target_of(inspection: Inspection, label: str | None = None) -> Target:
    """Returns the target to explain for an inspected row.

    Args:
        inspection: The inspection of the row.
        label: The label, for a classifier; `None` means the predicted one. For a reader, the target is the best answer
            in the inspected window, or "no answer".

    Returns:
        The target.

    Raises:
        LabelError: The model does not have the label.
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
    """Returns the pair of columns with the highest sum of start and end logit, where the end is not before the start.

    Args:
        start: The start logits, `[tokens]`.
        end: The end logits, `[tokens]`.

    Returns:
        The first and the last column; 0 and 0, those of `[CLS]`, mean "no answer".
    """
    sums = np.triu(start[:, np.newaxis] + end) + np.tril(np.full((len(start), len(start)), -np.inf), -1)
    sums[0, 1:] = -np.inf
    first, last = np.unravel_index(np.argmax(sums), sums.shape)
    return int(first), int(last)
