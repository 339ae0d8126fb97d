import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import attention, head_importance, head_importance_of, masked_heads, target_of
from bert_keras.insight.head_importance import gate_derivatives
from bert_keras.models import BertTask

TEXTS = ["the film was not good", "bad film", "a café ! was un b"]
HEADS = [(layer, head) for layer in range(2) for head in range(2)]


def with_gate(model: BertTask, layer: int, head: int, gate: float, run: Callable[[], Any]) -> Any:
    """Runs a model with a head's output multiplied with a gate."""
    kernel = model.backbone.transformer_layers[layer].dense_of("attention_output").kernel  # [heads, size, hidden]
    before = kernel.value.numpy()
    scaled = before.copy()
    scaled[head] *= gate
    kernel.assign(scaled)
    try:
        return run()
    finally:
        kernel.assign(before)


def slopes(model: BertTask, run: Callable[[], Any], step: float = 0.02) -> np.ndarray:
    """The finite difference of a score with each head's gate, `[..., layers, heads]`."""
    found = [
        (np.asarray(with_gate(model, *head, 1 + step, run)) - with_gate(model, *head, 1 - step, run)) / (2 * step)
        for head in HEADS
    ]
    return np.stack(found, axis=-1).reshape(*found[0].shape, 2, 2)


def test_derivatives_are_the_slopes_of_the_gates(classifier: TextClassifier) -> None:
    inputs = classifier.preprocessor(TEXTS)
    found = gate_derivatives(classifier, inputs, lambda outputs: outputs[:, 1])
    assert found.shape == (3, 2, 2)
    np.testing.assert_allclose(found, slopes(classifier, lambda: classifier.logits(inputs)[:, 1].numpy()), atol=2e-3)
    assert np.abs(found).max() > 0.05


def test_importance_is_the_mean_of_each_examples_slope_of_the_loss(classifier: TextClassifier) -> None:
    true = np.array([1, 0, 1])

    def losses() -> np.ndarray:
        logits = classifier.logits(classifier.preprocessor(TEXTS))
        return tf.nn.sparse_softmax_cross_entropy_with_logits(true, logits).numpy()

    known = np.abs(slopes(classifier, losses)).mean(axis=0)
    found = head_importance(classifier, [(TEXTS[:2], ["positive", "negative"]), (TEXTS[2:], true[2:])])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, known, atol=2e-3)


@pytest.mark.parametrize(
    ("task", "labels", "targets"),
    [("multi_label", ["x", "y", "z"], [[0, 1, 1], [1, 0, 0], [0, 0, 0]]), ("regression", [], [0.5, -3, 2])],
)
def test_the_loss_is_that_of_the_task(
    build_classifier: Callable[..., TextClassifier], task: Any, labels: list[str], targets: list[Any]
) -> None:
    model, true = build_classifier(labels=labels, task=task), np.array(targets, np.float32)

    def losses() -> np.ndarray:
        logits = model.logits(model.preprocessor(TEXTS)).numpy()
        if task == "regression":
            return np.square(logits[:, 0] - true)
        return tf.nn.sigmoid_cross_entropy_with_logits(true, logits).numpy().mean(axis=1)

    found = head_importance(model, [(TEXTS, true)])
    np.testing.assert_allclose(found, np.abs(slopes(model, losses)).mean(axis=0), atol=1e-2 * found.max() + 1e-4)


def test_of_a_reader_each_window_is_an_example(extractor: SpanExtractor) -> None:
    question, context = ["the film ?"], ["café naive, the playing ! un b " * 4]
    x, y = (question, context), {"start": [12], "end": [23]}
    inputs, spans = extractor.preprocessor(x, y=y)
    assert len(inputs["token_ids"]) > 1

    def losses() -> np.ndarray:
        logits = extractor.logits(inputs)
        return np.mean(
            [tf.nn.sparse_softmax_cross_entropy_with_logits(spans[of], logits[of]) for of in ("start", "end")], axis=0
        )

    known = np.abs(slopes(extractor, losses)).mean(axis=0)
    np.testing.assert_allclose(head_importance(extractor, [(x, y)]), known, atol=1e-2 * known.max())


def test_it_makes_no_difference_how_many_rows_go_together(
    classifier: TextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [(TEXTS, ["positive", "negative", "positive"])]
    together = head_importance(classifier, batches)
    monkeypatch.setattr(importlib.import_module("bert_keras.insight.head_importance"), "_ATTENTION_BUDGET", 1)
    np.testing.assert_allclose(head_importance(classifier, batches), together, atol=1e-6)


def test_a_dataset_as_fit_takes_it_is_read_once(classifier: TextClassifier) -> None:
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, [1, 0, 1])).batch(2)
    known = head_importance(classifier, [(TEXTS, [1, 0, 1])])
    np.testing.assert_allclose(head_importance(classifier, dataset), known, atol=1e-6)
    np.testing.assert_allclose(head_importance(classifier, iter(list(dataset))), known, atol=1e-6)


def test_without_examples_there_is_no_importance(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="there are none"):
        head_importance(classifier, [])


def test_of_one_text_it_is_the_slope_of_the_target(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXTS[0])
    target = target_of(inspection)
    known = np.abs(slopes(classifier, lambda: target.score(classifier.logits(inspection.tokens.inputs())).numpy()))[0]
    np.testing.assert_allclose(head_importance_of(inspection, target), known, atol=2e-3)


def test_a_masked_head_has_no_importance(classifier: TextClassifier) -> None:
    with masked_heads(classifier, [(0, 1)]):
        inspection = attention(classifier, TEXTS[0])
        found = head_importance_of(inspection, target_of(inspection))
    assert found[0, 1] == 0
    assert found[0, 0] > 0
