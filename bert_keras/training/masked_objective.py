"""The objective of masked language models."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import tensorflow as tf

from bert_keras.data import MaskedRows, PairRows
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.errors import InputError
from bert_keras.models import MaskedLM
from bert_keras.models.packed_rows import PACKED_INPUTS, PAIR_INPUTS
from bert_keras.training.losses import Loss
from bert_keras.training.masked_results import MaskedResults, masked_results, masked_targets, pair_losses
from bert_keras.training.recipe import Recipe
from bert_keras.training.target_scale import TargetScale
from bert_keras.training.task_metric import TaskMetric, masked_metric
from bert_keras.workers import Workers


class MaskedObjective:
    """The objective of masked language models: the mean cross entropy of the masked tokens of a step.

    On rows of pairs the mean cross entropy of the pairs is added, each weighted by the masked tokens of its row, so
    that a step may be cut into passes.

    Args:
        model: The model.
        train: The training split.
        recipe: The hyperparameters.

    Raises:
        InputError: The recipe has label smoothing or class weights, which do not apply to tokens; or the rows are of
            pairs and the model has no head of such pairs, or the other way round.
    """

    together = False

    def __init__(self, model: MaskedLM, train: MaskedRows | PairRows, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels, and tokens have none; leave them out")
        kind = train.kind if isinstance(train, PairRows) else None
        if kind != model.pairs:
            raise InputError(
                "rows of pairs train a head of such pairs, and all other rows a model without one. Received: rows of "
                f"{kind or 'single texts'}, a head of {model.pairs or 'masks alone'}"
            )
        self._model = model
        masks = masked_metric(masked_targets)
        self.metric: TaskMetric = masks
        self.loss: Loss = masked_cross_entropy
        inputs, run = PACKED_INPUTS, cast(Callable[..., Any], model.packed_logits)
        if kind is not None:
            inputs, run, self.loss = PAIR_INPUTS, self._with_pair_losses, masked_and_pair_losses
            self.metric = dataclasses.replace(masks, counts=lambda targets, outputs: masks.counts(targets, outputs[0]))
        targets = tf.TensorSpec([None, None], tf.int32)
        self.of_step: Mapping[str, Any] = {"targets": targets, "inputs": inputs, "run": run, "weight": masked_tokens}
        self.scale: TargetScale | None = None
        self.stop_metrics: tuple[str, ...] = ("loss", "masked_accuracy")
        self.shown: tuple[str, ...] = ("loss", "perplexity", "masked_accuracy")
        self.settings: dict[str, Any] = {"task": "masked_lm"}
        if kind is not None:
            of_pairs = ("pair_loss", "pair_accuracy")
            self.stop_metrics, self.shown = self.stop_metrics + of_pairs, self.shown + of_pairs
            self.settings["pairs"] = kind

    def _with_pair_losses(self, inputs: dict[str, tf.Tensor], training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the logits of masked tokens, and the loss of each pair times the masked tokens of its row."""
        logits, of_pairs = self._model.packed_outputs(inputs, training)
        masked = tf.cast(tf.reduce_sum(inputs["masked"], axis=1), tf.float32)
        return logits, masked * pair_losses(inputs["pairs"], of_pairs)

    def measure(
        self,
        dev: MaskedRows | PairRows,
        token_budget: int,
        on_rows: Callable[[int], object],
        workers: Workers | None = None,
    ) -> tuple[MaskedResults, dict[str, float]]:
        """Returns the results of `masked_results` and their scores."""
        results = masked_results(self._model, dev, token_budget, on_rows)
        return results, results.scores


def masked_tokens(targets: np.ndarray) -> int:
    """Returns the number of masked tokens of a batch, which its loss is divided by."""
    return int((targets != NOT_MASKED).sum())


def masked_and_pair_losses(targets: tf.Tensor, outputs: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """Returns the losses of masked tokens and of pairs, `[masked + batch]` float32; see `masked_cross_entropy`."""
    logits, of_pairs = outputs
    return tf.concat([masked_cross_entropy(targets, logits), of_pairs], axis=0)


def masked_cross_entropy(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Computes the loss of each masked token.

    Args:
        targets: The targets of a batch, `[batch, tokens]` int32.
        logits: The logits of its masked tokens, `[masked, vocabulary]` float32.

    Returns:
        The losses, `[masked]` float32.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(masked_targets(targets), logits)
