"""The objective of a training: its loss, its training metric, and the metrics of the development split."""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from bert_keras import evaluation
from bert_keras.data import Encoded, TaughtRows, TextGroups, WindowedQuestions, WindowedTexts
from bert_keras.data.stored_targets import TagTargets
from bert_keras.errors import InputError
from bert_keras.models import MaskedLM, SpanExtractor, TextClassifier, TextEncoder, TokenClassifier
from bert_keras.models.first_token_states import logits_and_states
from bert_keras.training.contrast_parts import contrast_parts
from bert_keras.training.contrast_recipe import ContrastRecipe
from bert_keras.training.contrastive_losses import contrastive_loss, matryoshka
from bert_keras.training.distillation_losses import distillation_loss, taught_targets
from bert_keras.training.distillation_recipe import DistillationRecipe
from bert_keras.training.group_results import GroupResults, score_groups
from bert_keras.training.losses import Loss, loss_for, span_cross_entropy, tag_cross_entropy, weights_by_label
from bert_keras.training.masked_objective import MaskedObjective
from bert_keras.training.optimizer import AdamW
from bert_keras.training.predict import predict_logits, predict_outputs
from bert_keras.training.predict_spans import decode_spans, predict_spans, share_spans, span_scores
from bert_keras.training.predict_tags import FoundTags, predict_tags, tag_scores
from bert_keras.training.recipe import Recipe
from bert_keras.training.step import TrainingStep
from bert_keras.training.target_scale import TargetScale
from bert_keras.training.task_metric import (
    TaskMetric,
    group_metric,
    scaled_metric,
    span_metric,
    tag_metric,
    task_metric,
)
from bert_keras.workers import Workers

OnRows = Callable[[int], object]
"""A function that receives the number of rows after each batch, e.g. to advance a progress bar."""


class Objective(Protocol):
    """The part of training that differs between classifiers, span extractors and text encoders.

    Attributes:
        metric: The metric that is computed during training.
        loss: The loss, from targets and outputs of the model to `[batch]`.
        shown: The names of the development metrics that are logged after each epoch.
        stop_metrics: The names of the metrics that can select the best epoch, the default first.
        settings: The settings that determine the result, apart from the recipe and the data, by names that users know.
        together: Whether the loss compares all rows of a step, which is never cut then.
        scale: The scale of the targets, by which the model's outputs are standardised during the steps; `None` unless
            the targets are numbers.
        of_step: What `TrainingStep` takes of this objective alone, by the names of its arguments.
    """

    metric: TaskMetric
    loss: Loss
    scale: TargetScale | None
    shown: tuple[str, ...]
    stop_metrics: tuple[str, ...]
    settings: dict[str, Any]
    together: bool
    of_step: Mapping[str, Any]

    def measure(
        self, dev: Any, token_budget: int, on_rows: OnRows, workers: Workers | None = None
    ) -> tuple[Any, Mapping[str, float]]:
        """Evaluates the model on the development split.

        Args:
            dev: The development split.
            token_budget: The maximum number of tokens per batch, padding included.
            on_rows: A function that receives the number of rows of each batch when it is done.
            workers: The workers that share the batches.

        Returns:
            The outputs of the model, and the metrics by name; nothing for workers but the first.
        """
        ...


class ClassifierObjective:
    """The objective of text classifiers.

    Args:
        classifier: The model.
        train: The training split.
        recipe: The hyperparameters.

    Raises:
        InputError: The recipe does not fit the task.
        LabelError: There are class weights for unknown labels.
        DataError: The targets are numbers that are all equal.
    """

    together = False
    of_step: Mapping[str, Any] = {}

    def __init__(self, classifier: TextClassifier, train: Encoded, recipe: Recipe) -> None:
        self._classifier, task = classifier, classifier.task
        self.metric = task_metric(task)
        self.shown: tuple[str, ...] = ("loss", self.metric.name)
        self.stop_metrics = tuple(dict.fromkeys((self.metric.name, *self.metric.on_dev)))
        # The targets of all rows take memory, so they are only read for balanced weights.
        targets = train.targets if recipe.class_weights == "balanced" else np.zeros(0)
        weights = weights_by_label(recipe.class_weights, targets, task, classifier.labels)
        loss = loss_for(task, recipe.label_smoothing, weights)
        self.loss: Loss = loss
        self.settings: dict[str, Any] = {"task": task, "labels": list(classifier.labels)}
        self.scale: TargetScale | None = None
        if task == "regression":
            scale = self.scale = TargetScale.of(train)
            self.loss = lambda targets, outputs: loss(scale.standardised(targets), outputs)
            self.metric = scaled_metric(self.metric, scale.standardised, scale.deviation)
            self.settings["targets"] = "standardised"

    def measure(
        self, dev: Encoded, token_budget: int, on_rows: OnRows, workers: Workers | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Returns the results of `predict_outputs` and of `evaluation.scores`."""
        outputs = predict_outputs(self._classifier, dev, token_budget, on_rows, workers)
        if workers is not None and not workers.first:
            return outputs, {}
        return outputs, evaluation.scores(self._classifier.task, dev.targets, outputs, self._classifier.labels)


class DistillationObjective(ClassifierObjective):
    """The objective of text classifiers that learn from a teacher; see `distillation_loss`.

    Args:
        classifier: The model.
        train: The training split, with the outputs of the teacher.
        recipe: The hyperparameters; a `DistillationRecipe`, or one that has its defaults.

    Raises:
        InputError: The recipe does not fit the task.
        LabelError: There are class weights for unknown labels.
        DataError: The targets are numbers that are all equal.
    """

    def __init__(self, classifier: TextClassifier, train: TaughtRows, recipe: Recipe) -> None:
        super().__init__(classifier, train.labelled, recipe)
        distillation = recipe if isinstance(recipe, DistillationRecipe) else DistillationRecipe()
        loss, metric = distillation_loss(classifier.task, self.loss, distillation), self.metric
        parts = partial(
            taught_targets, task=classifier.task, outputs=classifier.output_shape[-1], layers=len(train.layers)
        )

        def counts(targets: tf.Tensor, outputs: Any) -> tf.Tensor:
            own, labelled = parts(targets)[:2]
            return metric.counts(own[labelled > 0], outputs[0][labelled > 0])

        self.loss = lambda targets, outputs: loss(parts(targets), outputs)
        self.metric = dataclasses.replace(metric, counts=counts)
        self.settings |= {"the teacher's answers": train.taught_by, "layers_like_the_teacher": list(train.layers)}
        self._layers = train.layers
        self.of_step = {"run": self._run}

    def _run(self, inputs: dict[str, tf.Tensor], training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the logits and the states that are compared with those of the teacher."""
        return logits_and_states(self._classifier, inputs, self._layers, training)


class SpanObjective:
    """The objective of span extractors.

    Args:
        extractor: The model.
        recipe: The hyperparameters.

    Raises:
        InputError: The recipe has label smoothing or class weights, which do not apply to spans.
    """

    together = False
    of_step: Mapping[str, Any] = {}

    def __init__(self, extractor: SpanExtractor, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels, and spans have none; leave them out")
        self._extractor = extractor
        self.metric = span_metric()
        self.loss: Loss = span_cross_entropy
        self.scale: TargetScale | None = None
        knows_null = extractor.null_threshold is not None
        of_null: tuple[str, ...] = ("best_f1", "best_exact") if knows_null else ()
        self.stop_metrics = (*of_null, "best_span_f1", "best_span_exact", "loss")
        self.shown = ("loss", "best_span_f1", *of_null[:1])
        self.settings: dict[str, Any] = {
            "task": "spans",
            "no_answer": knows_null,
            "max_answer_tokens": extractor.max_answer_tokens,
            **{name: True for name in ("part_words", "across_paragraphs") if getattr(extractor, name)},
        }

    def measure(
        self, dev: WindowedQuestions, token_budget: int, on_rows: OnRows, workers: Workers | None = None
    ) -> tuple[Any, dict[str, float]]:
        """Returns the results of `predict_spans` and of `span_scores`."""
        if workers is None:
            found = predict_spans(self._extractor, dev, token_budget, on_rows)
            return found, span_scores(dev, found)
        logits = share_spans(self._extractor, dev, workers, token_budget)
        if not workers.first:
            return None, {}
        found = decode_spans(dev, logits, self._extractor.settings)
        return found, span_scores(dev, found)


class TagObjective:
    """The objective of token classifiers.

    Args:
        tagger: The model.
        train: The training split, the rows of `WindowedTexts`.
        recipe: The hyperparameters.

    Raises:
        InputError: The recipe has label smoothing or class weights, or the rows have no tags.
    """

    together = False
    of_step: Mapping[str, Any] = {}

    def __init__(self, tagger: TokenClassifier, train: Encoded, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels of whole texts; leave them out")
        targets = train.stored_targets
        if not isinstance(targets, TagTargets):
            raise InputError(f"a token classifier learns from the rows of WindowedTexts. Received: {train.task} rows")
        self._tagger = tagger
        self.metric = tag_metric()
        self.loss: Loss = tag_cross_entropy(max(1, int((targets.tags >= 0).sum())) / len(train))
        self.scale: TargetScale | None = None
        self.stop_metrics: tuple[str, ...] = ("micro_f1", "macro_f1", "word_accuracy", "loss")
        self.shown: tuple[str, ...] = ("loss", "micro_f1", "word_accuracy")
        self.settings: dict[str, Any] = {"task": "tags", "tags": list(tagger.tags)}

    def measure(
        self, dev: WindowedTexts, token_budget: int, on_rows: OnRows, workers: Workers | None = None
    ) -> tuple[FoundTags, dict[str, Any]]:
        """Returns the results of `predict_tags` and of `tag_scores`."""
        found = predict_tags(self._tagger, dev, token_budget, on_rows)
        return found, tag_scores(dev, found)


class EncoderObjective:
    """The objective of text encoders.

    Args:
        encoder: The model.
        train: The training split.
        recipe: The hyperparameters; a `ContrastRecipe`, or one that has its defaults.

    Raises:
        InputError: The recipe has label smoothing or class weights, or a dimension beyond that of the vectors.
    """

    together = True

    def __init__(self, encoder: TextEncoder, train: TextGroups, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels, and vectors have none; leave them out")
        self._encoder = encoder
        contrast = recipe if isinstance(recipe, ContrastRecipe) else ContrastRecipe()
        self._dimensions = contrast.dimensions
        if max(contrast.dimensions, default=0) > encoder.dimension:
            raise InputError(
                f"dimensions are the beginnings of vectors of {encoder.dimension} numbers. Received: "
                f"{', '.join(map(str, contrast.dimensions))}"
            )
        loss = contrastive_loss(train.kind, contrast.scale, contrast.symmetric)
        self.loss: Loss = matryoshka(loss, contrast.dimensions) if contrast.dimensions else loss
        self.metric = group_metric(train.kind)
        self.scale: TargetScale | None = None
        self.stop_metrics = self.shown = evaluation.METRICS[train.kind]
        self.settings: dict[str, Any] = {"task": train.kind}
        steps = recipe.steps_per_epoch(len(train)) * recipe.epochs
        parts = contrast_parts(train.tokens.lengths, recipe.batch_size * train.members.shape[1], steps)
        self.of_step: Mapping[str, Any] = {"parts": parts}

    def measure(
        self, dev: TextGroups, token_budget: int, on_rows: OnRows, workers: Workers | None = None
    ) -> tuple[GroupResults | None, dict[str, Any]]:
        """Returns the results of `score_groups` and their scores."""
        vectors = predict_logits(self._encoder, dev.tokens, token_budget, on_rows, workers)
        if workers is not None and not workers.first:
            return None, {}
        results = score_groups(dev, vectors, self._dimensions)
        return results, results.scores


def step_budget(objective: Objective, recipe: Recipe) -> int:
    """Returns the maximum number of tokens of a pass of a training step: no limit if its rows are compared."""
    return sys.maxsize if objective.together else recipe.token_budget


def objective_of(model: Any, train: Any, recipe: Recipe) -> Objective:
    """Returns the objective for a model.

    Args:
        model: A `TextClassifier`, `SpanExtractor`, `TokenClassifier`, `TextEncoder` or `MaskedLM`.
        train: The training split.
        recipe: The hyperparameters.

    Returns:
        The objective.
    """
    if isinstance(model, SpanExtractor):
        return SpanObjective(model, recipe)
    if isinstance(model, TextEncoder):
        return EncoderObjective(model, train, recipe)
    if isinstance(model, TokenClassifier):
        return TagObjective(model, train, recipe)
    if isinstance(model, MaskedLM):
        return MaskedObjective(model, train, recipe)
    if isinstance(train, TaughtRows):
        return DistillationObjective(model, train, recipe)
    return ClassifierObjective(model, train, recipe)


def step_settings(objective: Objective, model: Any, train: Any) -> dict[str, Any]:
    """Returns the arguments of `TrainingStep` after the optimizer.

    Args:
        objective: The objective of the model.
        model: The model.
        train: The training split.
    """
    settings = {"loss": objective.loss, "metric": objective.metric, "together": objective.together, **objective.of_step}
    if "targets" not in settings:
        settings["targets"] = train.batch(np.array([0]))[1]
    return settings


def losses_of(objective: Objective, train: Any, rows: np.ndarray) -> int:
    """Returns the number of losses that the rows of a step have: one a row, but one a mask for those of masks."""
    weight = objective.of_step.get("weight")
    return len(rows) if weight is None else max(1, weight(train.batch(rows)[1]))


def step_of(objective: Objective, model: Any, train: Any, optimizer: AdamW) -> TrainingStep:
    """Returns the optimizer step of a model that is trained in one process; see `step_settings`."""
    return TrainingStep(model, optimizer, **step_settings(objective, model, train))
