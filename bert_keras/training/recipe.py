"""The hyperparameters of fine-tuning."""

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
    """The hyperparameters of fine-tuning.

    Attributes:
        epochs: The number of passes over the training split.
        batch_size: The number of rows per optimizer step.
        learning_rate: The peak learning rate.
        warmup_share: The share of the steps that is warm-up.
        weight_decay: The weight decay of all weights except biases and layer norms.
        clip_norm: The maximum global norm of the gradients; larger gradients are scaled down to it.
        token_budget: The maximum number of tokens per batch, padding included. A larger step is split into batches
            whose gradients are accumulated: it takes less memory, with the result of the whole step.
        layer_decay: The learning rate of each layer as a share of that of the layer above (Clark et al. 2020, section
            3.2).
        trainable: The trained part: "all", "head" (only the dense layer of the head), or "top-N" (the top N layers, the
            pooler and the head).
        label_smoothing: The share of the target that is spread evenly over all labels.
        class_weights: "none", "balanced" (all labels have the same influence), or weights by label name.
        stop_metric: The development metric that selects the best epoch. `None` means the default of the task: accuracy,
            micro_f1 or mae; of span extractors best_f1, or best_span_f1 without a null threshold.
        patience: The number of epochs without an improvement after which training stops. `None` means no early
            stopping.
        keep: The epoch whose weights the model gets: "best" by the stop metric, and of equally good ones that of the
            lowest loss, or "last". Without development rows it is the last.
        seed: The seed of the order of rows and of dropout.
        deterministic: Whether a training on a GPU ends with the same bits each time, by slower ops, as one on the
            processor does in any case. It holds for the whole process from then on.

    Raises:
        InputError: A value is out of range.
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
    keep: Literal["best", "last"] = "best"
    seed: int = 0
    deterministic: bool = False

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
        self._check("keep", self.keep in ("best", "last"), "best or last")
        self._check("seed", 0 <= self.seed < 2**32, "from 0 to 4294967295")
        if isinstance(self.class_weights, str):
            self._check(
                "class_weights", self.class_weights in ("none", "balanced"), "none, balanced, or weights by label"
            )

    def _check(self, name: str, good: bool, wanted: str) -> None:
        if not good:
            raise InputError(f"{name} must be {wanted}. Received: {getattr(self, name)!r}")

    def steps_per_epoch(self, rows: int) -> int:
        """Returns the number of optimizer steps per epoch for a number of rows."""
        return math.ceil(rows / self.batch_size)

    def settings(self) -> dict[str, object]:
        """Returns the hyperparameters as JSON values."""
        settings = dataclasses.asdict(self)
        if not self.deterministic:
            del settings["deterministic"]  # which a checkpoint of an earlier version does not have
        return (
            settings if isinstance(self.class_weights, str) else settings | {"class_weights": dict(self.class_weights)}
        )
