import numpy as np
import pytest

from bert_keras import evaluation
from bert_keras.classification.answers import outputs_of
from bert_keras.classification.task import TASKS
from bert_keras.training.task_metric import scaled_metric, task_metric

LABELS = ["a", "b", "c"]


def rows(task: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets, and logits that often agree with them."""
    random = np.random.default_rng(3)
    if task == "single_label":
        targets = random.integers(0, 3, count).astype(np.int32)
        return targets, (random.normal(size=[count, 3]) + np.eye(3)[targets]).astype(np.float32)
    if task == "multi_label":
        targets = random.integers(0, 2, [count, 3]).astype(np.float32)
        return targets, (random.normal(size=[count, 3]) + targets - 0.5).astype(np.float32)
    targets = random.normal(size=count).astype(np.float32)
    return targets, (targets + random.normal(size=count))[:, np.newaxis].astype(np.float32)


@pytest.mark.parametrize("task", TASKS)
def test_sums_over_steps_make_the_score_of_all_rows(task: str) -> None:
    metric, (targets, logits) = task_metric(task), rows(task, 50)
    parts = [
        metric.counts(targets[part], logits[part]).numpy().tolist()
        for part in (slice(0, 7), slice(7, 30), slice(30, 50))
    ]
    value = metric.value([sum(column) for column in zip(*parts, strict=True)])
    scores = evaluation.scores(task, targets, outputs_of(logits, task), LABELS)
    assert value == pytest.approx(scores[metric.name], abs=1e-6)
    assert 0.2 < value < 0.95


@pytest.mark.parametrize("task", TASKS)
def test_the_scores_on_dev_hold_every_metric_that_can_decide(task: str) -> None:
    targets, logits = rows(task, 20)
    scores = evaluation.scores(task, targets, outputs_of(logits, task), LABELS)
    metric = task_metric(task)
    assert set(metric.on_dev) == {name for name, value in scores.items() if isinstance(value, float)}
    assert {metric.name, "loss"} <= set(metric.on_dev)


def test_rows_without_anything_to_find_score_zero() -> None:
    metric = task_metric("multi_label")
    targets, logits = np.zeros([4, 3], np.float32), np.full([4, 3], -1, np.float32)
    assert metric.value(metric.counts(targets, logits).numpy().tolist()) == 0.0


def test_an_error_of_standardised_outputs_is_told_in_the_targets_unit() -> None:
    metric = scaled_metric(task_metric("regression"), lambda targets: (targets - 50_000) / 1_000, 1_000)
    # Outputs of 0 and 2 deviations mean 50,000 and 52,000.
    counts = metric.counts(np.array([50_500, 51_000], np.float32), np.array([[0], [2]], np.float32))
    assert metric.name == "mae"
    assert metric.value(counts.numpy().tolist()) == pytest.approx((500 + 1_000) / 2)
