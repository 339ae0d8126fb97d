"""The training metric of each task, computed from sums that can be accumulated over steps."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from bert_keras.training.contrastive_losses import pair_cosines


@dataclass(frozen=True)
class TaskMetric:
    """The training metric of a task.

    Attributes:
        name: The name in logs and reports.
        on_dev: The names of the task's metrics from `evaluation.scores` that are single numbers.
        counts: A function from targets and outputs to the sums of the metric over rows, `[counts]` float32.
        value: A function from the sums to the metric.
    """

    name: str
    on_dev: tuple[str, ...]
    counts: Callable[[tf.Tensor, Any], tf.Tensor]
    value: Callable[[Sequence[float]], float]


def task_metric(task: str) -> TaskMetric:
    """Returns the metric of a classifier's task: accuracy, micro F1 (at a threshold of 0.5), or mean absolute error."""
    return _METRICS[task]


def scaled_metric(metric: TaskMetric, standardised: Callable[[Any], tf.Tensor], deviation: float) -> TaskMetric:
    """Returns an error's metric in the targets' unit, of a model whose outputs are standardised.

    Args:
        metric: The metric, which grows with the unit of its targets.
        standardised: A function from targets to standardised ones.
        deviation: The standard deviation of the targets.

    Returns:
        The metric, whose sums are standardised, so that float32 holds those of any unit.
    """
    return dataclasses.replace(
        metric,
        counts=lambda targets, outputs: metric.counts(standardised(targets), outputs),
        value=lambda counts: deviation * metric.value(counts),
    )


def span_metric() -> TaskMetric:
    """Returns the metric of span extraction: the share of windows with both start and end correct."""
    return TaskMetric("span_accuracy", (), _both_right, _share)


def tag_metric() -> TaskMetric:
    """Returns the metric of token classification: the share of words with the right tag."""
    return TaskMetric("word_accuracy", (), _right_words, _share)


def group_metric(kind: str) -> TaskMetric:
    """Returns the metric of a kind of groups of texts, computed within each step.

    It is the share of texts whose nearest other one in the step belongs to them; of scored pairs, the share of two
    pairs of different scores whose cosines are in their order.

    Args:
        kind: The kind, of `data.TextGroups`.
    """
    counts = {"scored_pairs": _ordered, "labelled_texts": _nearest_alike}.get(kind, _own_first)
    return TaskMetric("order_accuracy" if kind == "scored_pairs" else "batch_accuracy", (), counts, _share)


def masked_metric(targets_of: Callable[[tf.Tensor], tf.Tensor]) -> TaskMetric:
    """Returns the metric of masked language models: the share of masked tokens that are predicted right.

    Args:
        targets_of: A function from the targets of a batch to those of its masked tokens, `[masked]`.
    """
    return TaskMetric("masked_accuracy", (), lambda targets, logits: _right(targets_of(targets), logits), _share)


def _own_first(targets: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
    groups = tf.shape(targets)[0]
    units = tf.math.l2_normalize(vectors, axis=-1)
    nearest = tf.argmax(tf.matmul(units[:groups], units[groups:], transpose_b=True), axis=1)
    found = tf.gather(tf.reshape(tf.transpose(targets)[1:], [-1]), nearest)
    return _sums(found == targets[:, 1], tf.ones_like(found))


def _nearest_alike(targets: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
    labels, units = tf.tile(targets, [2]), tf.math.l2_normalize(vectors, axis=-1)
    cosines = tf.linalg.set_diag(tf.matmul(units, units, transpose_b=True), tf.fill(tf.shape(labels), -2.0))
    return _sums(tf.gather(labels, tf.argmax(cosines, axis=1)) == labels, tf.ones_like(labels))


def _ordered(targets: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
    cosines = pair_cosines(targets, vectors)
    lower = targets[:, tf.newaxis] < targets[tf.newaxis]
    return _sums(lower & (cosines[:, tf.newaxis] < cosines[tf.newaxis]), lower)


def _right(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    right = tf.equal(tf.argmax(logits, axis=-1, output_type=targets.dtype), targets)
    return _sums(right, tf.ones_like(right))


def _right_words(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    targets = targets[:, : tf.shape(logits)[1]]
    right = tf.equal(tf.argmax(logits, axis=-1, output_type=targets.dtype), targets)
    return _sums(right, targets >= 0)


def _both_right(targets: tf.Tensor, outputs: Any) -> tf.Tensor:
    found = tf.stack(
        [tf.argmax(outputs[name], axis=-1, output_type=targets.dtype) for name in ("start", "end")], axis=1
    )
    right = tf.reduce_all(found == targets, axis=1)
    return _sums(right, tf.ones_like(right))


def _hits(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    true, predicted = targets > 0.5, logits >= 0
    return _sums(true & predicted, true, predicted)


def _errors(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    errors = tf.abs(tf.reshape(tf.cast(logits, tf.float32), [-1]) - targets)
    return _sums(errors, tf.ones_like(errors))


def _sums(*values: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.reduce_sum(tf.cast(value, tf.float32)) for value in values])


def _share(counts: Sequence[float]) -> float:
    """Returns the mean over rows, of those that are right or of their errors."""
    total, rows = counts
    return total / max(1, rows)


def _f1(counts: Sequence[float]) -> float:
    both, true, predicted = counts
    return 2 * both / max(1, true + predicted)


_OF_LABEL = ("loss", "accuracy", "macro_f1", "matthews_correlation", "ece")
_OF_LABELS = ("loss", "micro_f1", "macro_f1", "subset_accuracy", "mean_average_precision", "ece")
_OF_NUMBER = ("loss", "mae", "rmse", "pearson", "spearman", "mse")
_METRICS = {
    "single_label": TaskMetric("accuracy", _OF_LABEL, _right, _share),
    "multi_label": TaskMetric("micro_f1", _OF_LABELS, _hits, _f1),
    "regression": TaskMetric("mae", _OF_NUMBER, _errors, _share),
}
