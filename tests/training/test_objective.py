import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny_data import tiny_data
from tiny_questions import tiny_source

from bert_keras.data import encode_questions
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.models.only_context import NEVER
from bert_keras.training.losses import span_cross_entropy
from bert_keras.training.objective import ClassifierObjective, SpanObjective, objective_of
from bert_keras.training.predict_spans import predict_spans, span_scores
from bert_keras.training.recipe import Recipe
from bert_keras.training.task_metric import span_metric

Build = Callable[..., SpanExtractor]

# Of one half, and of one half and a third: softmax of numbers whose logarithms are these logits.
STARTS = np.log(np.array([[2, 1, 1], [1, 2, 3]], np.float32))
ENDS = np.log(np.array([[1, 1, 2], [3, 2, 1]], np.float32))


# === Loss ===


def test_the_loss_of_spans_is_the_mean_of_the_cross_entropies_of_start_and_end() -> None:
    losses = span_cross_entropy(np.array([[0, 1], [2, 1]], np.int32), {"start": STARTS, "end": ENDS})
    np.testing.assert_allclose(losses, [(math.log(2) + math.log(4)) / 2, (math.log(2) + math.log(3)) / 2], rtol=1e-6)
    assert (losses.shape, losses.dtype) == ((2,), tf.float32)


def test_the_loss_takes_the_first_column_for_the_start_and_the_second_for_the_end() -> None:
    right, swapped = (
        span_cross_entropy(np.array([target], np.int32), {"start": STARTS[:1], "end": ENDS[:1]})
        for target in ([0, 2], [2, 0])
    )
    np.testing.assert_allclose(right, [math.log(2)], rtol=1e-6)
    np.testing.assert_allclose(swapped, [math.log(4)], rtol=1e-6)


def test_places_that_cannot_be_meant_do_not_count_in_the_loss_and_learn_nothing() -> None:
    masked = tf.Variable(np.concatenate([STARTS, np.full([2, 4], NEVER, np.float32)], axis=1))
    targets = np.array([[0, 1], [2, 1]], np.int32)
    with tf.GradientTape() as tape:
        losses = span_cross_entropy(targets, {"start": masked, "end": masked})
    np.testing.assert_allclose(losses, span_cross_entropy(targets, {"start": STARTS, "end": STARTS}), rtol=1e-6)
    gradient = tape.gradient(losses, masked).numpy()
    assert not gradient[:, 3:].any()
    # Shares less 1 at the target, halved for each side.
    np.testing.assert_allclose(gradient[0, :3], [0.5 - 0.5, 0.25 - 0.5, 0.25], rtol=1e-5, atol=1e-7)


def test_the_loss_is_in_float32_whatever_the_outputs_are() -> None:
    outputs = {name: tf.cast(values, tf.bfloat16) for name, values in (("start", STARTS), ("end", ENDS))}
    losses = span_cross_entropy(np.array([[0, 1], [2, 1]], np.int32), outputs)
    assert losses.dtype == tf.float32
    np.testing.assert_allclose(losses, [1.0397, 0.8959], atol=0.01)


# === Metric ===


def test_a_window_is_right_where_both_start_and_end_are() -> None:
    outputs = {
        "start": np.eye(4, dtype=np.float32)[[1, 1, 0, 2, 0]],
        "end": np.eye(4, dtype=np.float32)[[2, 3, 0, 2, 1]],
    }
    metric = span_metric()
    counts = metric.counts(tf.constant([[1, 2], [1, 2], [0, 0], [1, 2], [0, 0]], tf.int32), outputs)
    assert counts.numpy().tolist() == [2, 5]
    assert metric.name == "span_accuracy"
    assert metric.value([2, 5]) == 0.4
    assert metric.value([0, 0]) == 0.0


# === Objective ===


def spans(build_extractor: Build, recipe: Recipe = Recipe(), **settings: object) -> SpanObjective:  # noqa: B008
    return SpanObjective(build_extractor(**settings), recipe)


def test_a_model_has_the_objective_of_its_kind(extractor: SpanExtractor, classifier: TextClassifier) -> None:
    rows = tiny_data(4, 0)
    found = objective_of(extractor, rows, Recipe())  # type: ignore[arg-type]
    assert isinstance(found, SpanObjective)
    assert found.loss is span_cross_entropy
    assert found.metric.name == "span_accuracy"
    assert isinstance(objective_of(classifier, rows, Recipe()), ClassifierObjective)  # type: ignore[arg-type]


def test_without_a_null_threshold_the_best_span_decides(build_extractor: Build) -> None:
    objective = spans(build_extractor)
    assert objective.stop_metrics == ("best_span_f1", "best_span_exact", "loss")
    assert objective.shown == ("loss", "best_span_f1")
    assert objective.settings == {"task": "spans", "no_answer": False, "max_answer_tokens": 30}


def test_with_a_null_threshold_the_score_over_all_questions_decides(build_extractor: Build) -> None:
    objective = spans(build_extractor, null_threshold=0.0, max_answer_tokens=7)
    assert objective.stop_metrics == ("best_f1", "best_exact", "best_span_f1", "best_span_exact", "loss")
    assert objective.shown == ("loss", "best_span_f1", "best_f1")
    assert objective.settings == {"task": "spans", "no_answer": True, "max_answer_tokens": 7}


@pytest.mark.parametrize(
    "recipe", [Recipe(label_smoothing=0.1), Recipe(class_weights="balanced"), Recipe(class_weights={"a": 2.0})]
)
def test_what_is_for_labels_is_refused(recipe: Recipe, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="label_smoothing and class_weights are for labels, and spans have none"):
        SpanObjective(extractor, recipe)


@pytest.mark.parametrize("null_threshold", [None, 0.0])
def test_dev_is_measured_with_all_that_is_shown_or_may_decide(
    null_threshold: float | None, build_extractor: Build, tmp_path: Path
) -> None:
    extractor, source, told = (
        build_extractor(null_threshold=null_threshold),
        tiny_source(tmp_path, 6, 0, unanswered=3),
        list[int](),
    )
    dev = encode_questions(source, source.asked, extractor.preprocessor)
    objective = SpanObjective(extractor, Recipe())
    found, scores = objective.measure(dev, 48, told.append)
    known = predict_spans(extractor, dev)
    assert [answer.text for answer in found.answers] == [answer.text for answer in known.answers]
    assert scores == pytest.approx(span_scores(dev, known))
    assert {*objective.shown, *objective.stop_metrics} <= scores.keys()
    assert sum(told) == len(dev.rows)
    assert len(told) > 1
