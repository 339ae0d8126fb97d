"""What a training is after: a loss, a metric to follow, and what is measured on dev."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from bert_keras import evaluation
from bert_keras.data import Encoded, WindowedQuestions
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.training.losses import Loss, loss_for, span_cross_entropy, weights_by_label
from bert_keras.training.predict import predict_outputs
from bert_keras.training.predict_spans import predict_spans, span_scores
from bert_keras.training.recipe import Recipe
from bert_keras.training.task_metric import TaskMetric, span_metric, task_metric

OnRows = Callable[[int], object]


class Objective(Protocol):
    """What differs between the trainings of classifiers and of span extractors.

    Attributes:
        metric: Followed over the steps.
        loss: Makes losses `[batch]` of (targets, outputs of the model).
        shown: What of dev is told after each epoch.
        stop_metrics: What may decide which epoch was the best; the usual one first.
        settings: What decides about the training, beside recipe and data, by names that people know.
    """

    metric: TaskMetric
    loss: Loss
    shown: tuple[str, ...]
    stop_metrics: tuple[str, ...]
    settings: dict[str, Any]

    def measure(self, dev: Any, token_budget: int, on_rows: OnRows) -> tuple[Any, Mapping[str, float]]:
        """Runs the model over dev.

        Args:
            dev: The rows.
            token_budget: Most tokens that go through the model together.
            on_rows: Is told how many rows are done after each pass.

        Returns:
            The model's outputs, and scores by name.
        """
        ...


class ClassifierObjective:
    """Labels or numbers.

    Args:
        classifier: The model.
        train: Rows to learn from.
        recipe: How.
    """

    def __init__(self, classifier: TextClassifier, train: Encoded, recipe: Recipe) -> None:
        self._classifier, task = classifier, classifier.task
        self.metric = task_metric(task)
        self.shown: tuple[str, ...] = ("loss", self.metric.name)
        self.stop_metrics = tuple(dict.fromkeys((self.metric.name, *self.metric.on_dev)))
        targets = (
            train.targets if recipe.class_weights == "balanced" else np.zeros(0)
        )  # of all rows at once, so only where needed
        weights = weights_by_label(recipe.class_weights, targets, task, classifier.labels)
        self.loss = loss_for(task, recipe.label_smoothing, weights)
        self.settings: dict[str, Any] = {"task": task, "labels": list(classifier.labels)}

    def measure(self, dev: Encoded, token_budget: int, on_rows: OnRows) -> tuple[np.ndarray, dict[str, Any]]:
        """Returns what `predict_outputs` and `evaluation.scores` do."""
        outputs = predict_outputs(self._classifier, dev, token_budget, on_rows)
        return outputs, evaluation.scores(self._classifier.task, dev.targets, outputs, self._classifier.labels)


class SpanObjective:
    """Spans of contexts.

    Args:
        extractor: The model.
        recipe: How.

    Raises:
        InputError: Label smoothing or class weights, which spans have not.
    """

    def __init__(self, extractor: SpanExtractor, recipe: Recipe) -> None:
        if recipe.label_smoothing or recipe.class_weights != "none":
            raise InputError("label_smoothing and class_weights are for labels, and spans have none; leave them out")
        self._extractor = extractor
        self.metric = span_metric()
        self.loss: Loss = span_cross_entropy
        knows_null = extractor.null_threshold is not None
        of_null: tuple[str, ...] = ("best_f1", "best_exact") if knows_null else ()
        self.stop_metrics = (*of_null, "best_span_f1", "best_span_exact", "loss")
        self.shown = ("loss", "best_span_f1", *of_null[:1])
        self.settings: dict[str, Any] = {
            "task": "spans",
            "no_answer": knows_null,
            "max_answer_tokens": extractor.max_answer_tokens,
        }

    def measure(self, dev: WindowedQuestions, token_budget: int, on_rows: OnRows) -> tuple[Any, dict[str, float]]:
        """Returns what `predict_spans` and `span_scores` do."""
        found = predict_spans(self._extractor, dev, token_budget, on_rows)
        return found, span_scores(dev, found)


def objective_of(model: Any, train: Encoded, recipe: Recipe) -> Objective:
    """Chooses the objective of a model.

    Args:
        model: A `TextClassifier` or a `SpanExtractor`.
        train: Rows to learn from.
        recipe: How.

    Returns:
        What its training is after.
    """
    if isinstance(model, SpanExtractor):
        return SpanObjective(model, recipe)
    return ClassifierObjective(model, train, recipe)
