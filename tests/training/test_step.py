import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph
from tiny_data import TinyData, tiny_data

from bert_keras.models import TextClassifier
from bert_keras.training.losses import loss_for
from bert_keras.training.optimizer import AdamW
from bert_keras.training.step import TrainingStep
from bert_keras.training.task_metric import task_metric

TINY = {"num_layers": 1, "dropout": 0.0, "attention_dropout": 0.0}
WEIGHTS = {"single_label": [0.25, 3.0], "multi_label": [0.5, 2.0, 1.0], "regression": None}


class Applied(AdamW):
    """Notes the gradients that it is given."""

    given: list[Any]

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        self.given = list(grads)
        super().apply(grads, trainable_variables)


def made(
    build_classifier: Callable[..., TextClassifier], task: str, data: TinyData
) -> tuple[TextClassifier, Applied, TrainingStep]:
    labels = {"single_label": ["bad", "good"], "multi_label": ["bad", "good", "either"], "regression": []}[task]
    classifier = build_classifier(backbone=TINY, labels=labels, task=task, dropout=0.0)
    optimizer = Applied(1e-3, global_clipnorm=1.0)
    loss = loss_for(task, 0.0, WEIGHTS[task])
    return classifier, optimizer, TrainingStep(classifier, optimizer, loss, task_metric(task), data.targets[:1])


@pytest.mark.parametrize("task", ["single_label", "multi_label", "regression"])
def test_passes_of_any_sizes_make_the_step_of_the_undivided_batch(
    build_classifier: Callable[..., TextClassifier], task: str, eagerly: None
) -> None:
    data = tiny_data(12, 0, task)
    (_, whole, whole_step), (_, cut, cut_step) = (made(build_classifier, task, data) for _ in range(2))
    undivided = whole_step([data.batch(np.arange(12))])
    divided = cut_step([data.batch(part) for part in np.split(np.arange(12), [1, 6, 9])])
    for one, other in zip(whole.given, cut.given, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(one), tf.convert_to_tensor(other), rtol=1e-4, atol=1e-6)
    assert len(whole.given) > 20
    assert divided.loss == pytest.approx(undivided.loss, rel=1e-5)
    assert divided.gradient_norm == pytest.approx(undivided.gradient_norm, rel=1e-5) != 0
    assert divided.counts == pytest.approx(undivided.counts, rel=1e-5)


def test_passes_in_graphs_make_the_step_of_passes_without(build_classifier: Callable[..., TextClassifier]) -> None:
    data = tiny_data(12, 0)
    parts = [data.batch(part) for part in np.split(np.arange(12), [1, 6, 9])]
    figures = []
    for eager in (False, True):
        tf.config.run_functions_eagerly(eager)
        try:
            step = made(build_classifier, "single_label", data)[2]
            figures += [(one.loss, one.gradient_norm) for one in (step(parts), step(parts[:2]))]
        finally:
            tf.config.run_functions_eagerly(False)
    np.testing.assert_allclose(figures[:2], figures[2:], rtol=1e-3)


def test_loss_and_counts_are_those_of_the_rows_before_the_step(
    build_classifier: Callable[..., TextClassifier], eagerly: None
) -> None:
    data = tiny_data(10, 0)
    classifier, _, step = made(build_classifier, "single_label", data)
    inputs, targets = data.batch(np.arange(10))
    logits = classifier(inputs).numpy()
    figures = step([(inputs, targets)])
    losses = -np.log(np.take_along_axis(tf.nn.softmax(logits).numpy(), targets[:, np.newaxis], 1)[:, 0])
    assert figures.loss == pytest.approx((losses * np.array([0.25, 3.0])[targets]).mean(), rel=1e-5)
    assert figures.counts == [(logits.argmax(axis=1) == targets).sum(), 10]
    assert figures.learning_rate == pytest.approx(1e-3)


def test_the_token_embeddings_gradient_holds_its_rows_alone_whole_or_cut(
    build_classifier: Callable[..., TextClassifier], eagerly: None
) -> None:
    data = tiny_data(4, 0)
    _, optimizer, step = made(build_classifier, "single_label", data)
    for batches in ([data.batch(np.arange(4))], [data.batch(np.array([row])) for row in range(4)]):
        step(batches)
        gradient = optimizer.given[0]
        assert isinstance(gradient, tf.IndexedSlices)
        tokens = np.concatenate([inputs["token_ids"].ravel() for inputs, _ in batches])
        assert sorted(gradient.indices.numpy()) == sorted(tokens)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_shares_of_a_batch_in_lanes_make_the_step_of_the_undivided_batch(
    rows: int, build_classifier: Callable[..., TextClassifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, figures = tiny_data(7, 0), []
    for count in (1, 3):
        monkeypatch.setattr("bert_keras.training.step.lanes", lambda count=count: count)
        step = made(build_classifier, "single_label", data)[2]
        tf.config.run_functions_eagerly(count == 1)  # shares in a graph, as in use: some of them may be without rows
        try:
            figures.append(step([data.batch(np.arange(rows))]))
        finally:
            tf.config.run_functions_eagerly(False)
    assert figures[1].loss == pytest.approx(figures[0].loss, rel=1e-5)
    assert figures[1].gradient_norm == pytest.approx(figures[0].gradient_norm, rel=1e-4)
    assert figures[1].counts == figures[0].counts


def test_a_step_leaves_no_graph_behind(build_classifier: Callable[..., TextClassifier]) -> None:
    def graphs() -> int:
        gc.collect()
        return sum(isinstance(each, FuncGraph) for each in gc.get_objects())

    def run() -> None:
        data = tiny_data(4, 0)
        step = made(build_classifier, "single_label", data)[2]
        assert np.isfinite(step([data.batch(np.arange(4))]).loss)

    before = graphs()
    run()
    assert graphs() <= before
