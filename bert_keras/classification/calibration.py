"""How the logits of a classifier become probabilities and decisions, as it was fitted on rows beside the training."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError


@dataclass(frozen=True)
class Calibration:
    """What was fitted after a training on rows that it had not seen; the weights and the logits stay as they are.

    Attributes:
        rows: The number of rows that it was fitted on.
        temperature: What the logits of a single-label classifier are divided by before the softmax (Guo et al. 2017,
            section 4.2); above 1 the model is less sure than its logits, below 1 surer.
        thresholds: The least probability at which a multi-label classifier predicts each label, in the order of the
            labels, as float32 holds them; `None` means 0.5 for all.
        abstain_below: The probability below which a single-label answer is better left to a person; `None` if no
            threshold was found.
        wanted_precision: The share of right answers that `abstain_below` was chosen for.

    Raises:
        InputError: A value is out of range.
    """

    rows: int
    temperature: float = 1.0
    thresholds: tuple[float, ...] | None = None
    abstain_below: float | None = None
    wanted_precision: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise InputError(f"the temperature of a calibration is above 0. Received: {self.temperature!r}")
        if self.thresholds is not None:
            thresholds = tuple(float(np.float32(threshold)) for threshold in self.thresholds)
            if not all(0 <= threshold <= 1 for threshold in thresholds):
                raise InputError(f"the thresholds of a calibration are from 0 to 1. Received: {self.thresholds!r:.100}")
            object.__setattr__(self, "thresholds", thresholds)

    @classmethod
    def of(cls, content: "Calibration | Mapping[str, Any] | None") -> "Calibration | None":
        """Returns a calibration as it is, or made of what `to_json` returned; `None` if there is none.

        Raises:
            InputError: The content is no calibration.
        """
        if content is None or isinstance(content, Calibration):
            return content
        try:
            return cls(**content)
        except (TypeError, ValueError) as error:
            raise InputError(f"no calibration of a classifier ({error}). Received: {content!r:.100}") from error

    def to_json(self) -> dict[str, Any]:
        """Returns the calibration as JSON values."""
        content = dataclasses.asdict(self)
        return content | {"thresholds": None if self.thresholds is None else list(self.thresholds)}
