"""The target of an attribution: the logit of a label or of one against another, or the logits of an answer's ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.errors import LabelError
from bert_keras.insight.decision import Decision
from bert_keras.insight.forward import stacked
from bert_keras.insight.inspection import Inspection
from bert_keras.models import MaskedLM, SpanExtractor

_CLS = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A model output to explain.

    Attributes:
        title: The description of the output.
        rows: The tokens that the head reads: `[CLS]`, all tokens of a classifier that reads their mean, the first and
            the last token of the answer, or those of a decision.
        label: The index of the label whose logit is explained; `None` for a reader, where it is the sum of the start
            and end logits at `rows`.
        against: The index of the label whose logit is subtracted: why the one label and not the other. `None` without.
        decision: The decision that the label is one of, for a model with outputs for each token. The target is the mean
            of the label's logits at `rows` then.
    """

    title: str
    rows: tuple[int, ...]
    label: int | None
    against: int | None = None
    decision: Decision | None = None

    def score(self, outputs: Any) -> tf.Tensor:
        """Computes the target from the outputs of a model.

        Args:
            outputs: The logits, `[batch, labels]`; for a reader, "start" and "end", each `[batch, tokens]`; of a
                decision, `[batch, reads, outputs]`.

        Returns:
            The target, `[batch]` float32.
        """
        logits = stacked(outputs)
        return tf.reduce_sum(logits * self.weights(int(logits.shape[-1])), axis=[1, 2])

    def weights(self, width: int) -> np.ndarray:
        """Returns the factors of the outputs in the target, which is linear in them.

        Args:
            width: The number of labels; for a reader, of tokens.

        Returns:
            The factors, `[1, labels]` float32; for a reader `[2, tokens]`, of start and end; of a decision `[reads,
            outputs]`.
        """
        if self.decision is not None:
            return self._weights_of_decision(self.decision, width)
        if self.label is None:
            ends = np.zeros((2, width), np.float32)
            ends[0, self.rows[0]] = ends[1, self.rows[-1]] = 1
            return ends
        labels = np.zeros((1, width), np.float32)
        labels[0, self.label] = 1
        if self.against is not None:
            labels[0, self.against] -= 1
        return labels

    def _weights_of_decision(self, decision: Decision, width: int) -> np.ndarray:
        weights, reads = np.zeros((len(decision.reads), width), np.float32), np.arange(len(decision.reads))
        weights[reads, decision.outputs[self.label]] += 1 / len(reads)
        if self.against is not None:
            weights[reads, decision.outputs[self.against]] -= 1 / len(reads)
        return weights


def target_of(inspection: Inspection, label: str | None = None, against: str | None = None) -> Target:
    """Returns the target to explain for an inspected row.

    ```python
    target_of(seen)                                          # why the predicted label
    target_of(seen, label="refund", against="cancel_order")  # why the one and not the other
    ```

    Args:
        inspection: The inspection of the row.
        label: The label, for a classifier; `None` means the predicted one. For a reader, the target is the best answer
            in the inspected window, or "no answer".
        against: A second label whose logit is subtracted from that of the first; `None` explains the first by itself.

    Returns:
        The target.

    Raises:
        LabelError: The model does not have a label, or both labels are the same.
    """
    given = [name for name in (label, against) if name is not None]
    if isinstance(inspection.model, SpanExtractor):
        if given:
            raise LabelError(f"a reader has no labels; its answer is explained. Received: {given[0]!r}")
        return _span(inspection)
    labels, decision = labels_of(inspection), inspection.decision
    unknown = [name for name in given if name not in labels]
    if unknown:
        known = ", ".join(labels) or "none, it is a regression"
        raise LabelError(f"the model's labels are {known}. Received: {unknown[0]!r}")
    pooled = getattr(inspection.model, "pooling", "cls")
    rows = tuple(range(len(inspection.tokens))) if pooled == "unit_mean" else (_CLS,)
    if decision is not None:
        rows = decision.reads
    if not labels:
        return Target("the predicted number", rows, 0)
    predicted = int(np.argmax(inspection.logits)) if decision is None else decision.predicted
    place = predicted if label is None else labels.index(label)
    title = f"{'token' if isinstance(inspection.model, MaskedLM) else 'label'} {labels[place]}"
    if against is None:
        return Target(title, rows, place, None, decision)
    if labels[place] == against:
        raise LabelError(f"a label is explained against another one; name two different ones. Received: {against!r}")
    return Target(f"{title} rather than {against}", rows, place, labels.index(against), decision)


def labels_of(inspection: Inspection) -> tuple[str, ...]:
    """Returns the labels that can be explained: those of the decision that is looked at, or else of the model."""
    if inspection.decision is not None:
        return inspection.decision.labels
    return tuple(getattr(inspection.model, "labels", ()))


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
