"""How to fine-tune."""

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

_TRAINABLE = re.compile(r"all|head|top-\d+")


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune.

    Attributes:
        epochs: Times over the data.
        batch_size: Rows of an optimizer step.
        learning_rate: The highest one.
        warmup_share: Share of the steps until the highest rate.
        weight_decay: Of all weights but biases and layer norms.
        clip_norm: The most that the gradients' common norm may be; above it they are scaled down.
        token_budget: Most tokens that go through the model together, padding included. A step beyond it is cut into
            passes whose gradients are added up: memory stays small, and the result is that of the whole step.
        layer_decay: The rate of each layer as a share of the rate of the layer above it (Clark et al. 2020, section
            3.2).
        trainable: "all", "head" (the classifier's dense layer alone), or "top-N": the top N layers, the pooler and the
            head.
        label_smoothing: The share of a target that is spread over all labels.
        class_weights: "none", "balanced" (each label counts the same, however many rows it has), or weights by label
            name.
        stop_metric: The dev metric that says which epoch was the best; None is the task's own (accuracy, micro_f1,
            pearson).
        patience: Epochs without a better one until the training stops; the best weights are then the model's. None: no
            early stopping.
        seed: Of the order of rows and of dropout.

    Raises:
        InputError: A value that makes no sense.
    """

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    token_budget: int = 2048
    layer_decay: float = 1.0
    trainable: str = "all"
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | Mapping[str, float] = "none"
    stop_metric: str | None = None
    patience: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "token_budget"):
            self._check(name, getattr(self, name) >= 1, "1 or more")
        for name in ("learning_rate", "clip_norm"):
            self._check(name, 0 < getattr(self, name) < math.inf, "a number above 0")
        self._check("warmup_share", 0 <= self.warmup_share <= 1, "from 0 to 1")
        self._check("weight_decay", 0 <= self.weight_decay < math.inf, "0 or above")
        self._check("layer_decay", 0 < self.layer_decay <= 1, "above 0 and not above 1")
        self._check("label_smoothing", 0 <= self.label_smoothing < 1, "from 0 to below 1")
        self._check("trainable", bool(_TRAINABLE.fullmatch(self.trainable)), "all, head or top-N, as in top-2")
        self._check("patience", self.patience is None or self.patience >= 0, "0 or more epochs")
        self._check("seed", 0 <= self.seed < 2**32, "from 0 to 4294967295")
        if isinstance(self.class_weights, str):
            self._check(
                "class_weights", self.class_weights in ("none", "balanced"), "none, balanced, or weights by label"
            )

    def _check(self, name: str, good: bool, wanted: str) -> None:
        if not good:
            raise InputError(f"{name} must be {wanted}. Received: {getattr(self, name)!r}")

    def steps_per_epoch(self, rows: int) -> int:
        """Optimizer steps that a number of rows makes."""
        return math.ceil(rows / self.batch_size)

    def settings(self) -> dict[str, object]:
        """The recipe as JSON has it."""
        settings = dataclasses.asdict(self)
        return (
            settings if isinstance(self.class_weights, str) else settings | {"class_weights": dict(self.class_weights)}
        )
