"""Integrated gradients of the labels that a text could have, so that any two of them can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.insight.inspection import Inspection
from bert_keras.insight.integrated_gradients import IntegratedGradients, integrated_gradients_of_rows
from bert_keras.insight.target import Target, labels_of, target_of
from bert_keras.models import SpanExtractor

MOST_LABELS = 4


@dataclass(frozen=True, slots=True)
class LabelAttributions:
    """The contributions of each token to the logits of several labels, with the same points on the path.

    Integrated gradients are linear in the target, so that those of one label against another are a difference.

    Attributes:
        labels: The names of the labels, the most probable first.
        targets: The target of each label.
        integrated: The integrated gradients of each label's logit.
    """

    labels: tuple[str, ...]
    targets: tuple[Target, ...]
    integrated: tuple[IntegratedGradients, ...]

    def of(self, target: Target) -> IntegratedGradients | None:
        """Returns the integrated gradients of a label, or of one against another; `None` if a label is not there."""
        places = {each.label: place for place, each in enumerate(self.targets)}
        if target.label not in places or (target.against is not None and target.against not in places):
            return None
        found = self.integrated[places[target.label]]
        return found if target.against is None else found.minus(self.integrated[places[target.against]])


def label_attributions(
    inspection: Inspection, wanted: Sequence[str | None] = (), most: int = MOST_LABELS
) -> LabelAttributions | None:
    """Computes integrated gradients of the most probable labels of a text.

    Args:
        inspection: The inspection of the text.
        wanted: Labels to include however improbable they are; `None`s are ignored.
        most: The maximum number of labels, unless more are wanted.

    Returns:
        The contributions; `None` for a model with fewer than two labels.

    Raises:
        LabelError: The model does not have a label.
    """
    model, labels = inspection.model, labels_of(inspection)
    if isinstance(model, SpanExtractor) or len(labels) < 2:
        return None
    chosen = {target_of(inspection, name).label: None for name in (None, *wanted)}
    by_logit = np.argsort(-inspection.logits, kind="stable").tolist()
    for place in by_logit[: max(0, most)]:
        if len(chosen) < most:
            chosen.setdefault(place)
    places = [place for place in by_logit if place in chosen]
    targets = tuple(target_of(inspection, labels[place]) for place in places)
    (found,) = integrated_gradients_of_rows(model, [inspection.tokens], [targets])
    return LabelAttributions(tuple(labels[place] for place in places), targets, tuple(found))
