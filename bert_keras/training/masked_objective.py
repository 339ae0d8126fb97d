"""The objective of masked language models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.data import MaskedRows
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.errors import InputError
from bert_keras.models import MaskedLM
from bert_keras.training.losses import Loss
from bert_keras.training.masked_results import MaskedResults, masked_results, masked_targets
from bert_keras.training.recipe import Recipe
from bert_keras.training.target_scale import TargetScale
from bert_keras.training.task_metric import TaskMetric, masked_metric
from bert_keras.workers import Workers


class MaskedObjective:
    """The objective of masked language models: the mean cross entropy of the masked tokens of a step.

    Args:
        model: The model.
        recipe: The hyperparameters.

    Raises:
        InputError: The recipe has label smoothing or class weights, which do not apply to tokens.
    """

    together = False

    def __init__(self, model: MaskedLM, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels, and tokens have none; leave them out")
        self._model = model
        self.metric: TaskMetric = masked_metric(masked_targets)
        self.loss: Loss = masked_cross_entropy
        self.scale: TargetScale | None = None
        self.stop_metrics: tuple[str, ...] = ("loss", "masked_accuracy")
        self.shown: tuple[str, ...] = ("loss", "perplexity", "masked_accuracy")
        self.settings: dict[str, Any] = {"task": "masked_lm"}

    @staticmethod
    def weight(targets: np.ndarray) -> int:
        """Returns the number of masked tokens of a batch, which its loss is divided by."""
        return int((targets != NOT_MASKED).sum())

    def measure(
        self, dev: MaskedRows, token_budget: int, on_rows: Callable[[int], object], workers: Workers | None = None
    ) -> tuple[MaskedResults, dict[str, float]]:
        """Returns the results of `masked_results` and their scores."""
        results = masked_results(self._model, dev, token_budget, on_rows)
        return results, results.scores


def masked_cross_entropy(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Computes the loss of each masked token.

    Args:
        targets: The targets of a batch, `[batch, tokens]` int32.
        logits: The logits of its masked tokens, `[masked, vocabulary]` float32.

    Returns:
        The losses, `[masked]` float32.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(masked_targets(targets), logits)
