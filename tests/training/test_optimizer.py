from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.models import TextClassifier
from bert_keras.training import LinearWarmupDecay, adamw


def test_the_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    schedule = LinearWarmupDecay(2.0, warmup_steps=4, total_steps=12)
    rates = [float(schedule(step)) for step in range(13)]
    assert rates == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5, 0.25, 0.0])


def test_the_rate_stays_zero_after_the_end() -> None:
    schedule = LinearWarmupDecay(2.0, warmup_steps=4, total_steps=12)
    assert [float(schedule(step)) for step in (12, 13, 1000)] == [0.0, 0.0, 0.0]


def test_without_warm_up_the_rate_falls_from_the_start() -> None:
    schedule = LinearWarmupDecay(1.0, warmup_steps=0, total_steps=4)
    assert [float(schedule(step)) for step in range(5)] == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])


@pytest.mark.parametrize(("share", "warmup"), [(0.1, 5), (0.0, 0), (0.101, 6), (1.0, 50)])
def test_the_share_of_warm_up_is_rounded_up_to_whole_steps(share: float, warmup: int) -> None:
    config = keras.optimizers.serialize(adamw(3e-5, 50, warmup_share=share))["config"]["learning_rate"]["config"]
    assert config == {"peak": 3e-5, "warmup_steps": warmup, "total_steps": 50}


def test_a_training_of_one_step_has_the_full_rate() -> None:
    optimizer = adamw(1.0, total_steps=1)
    assert float(optimizer.learning_rate) == 1.0


def test_the_optimizer_survives_serialization() -> None:
    optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(adamw(1e-3, 100)))
    assert [float(optimizer._learning_rate(step)) for step in (0, 9, 55)] == pytest.approx([1e-4, 1e-3, 5e-4])


def test_weight_decay_leaves_biases_and_layer_norms_alone(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier()
    for variable in classifier.trainable_variables:
        variable.assign(keras.ops.ones_like(variable))
    optimizer = adamw(0.5, total_steps=10, warmup_share=0.0, weight_decay=0.1)
    optimizer.apply(
        [keras.ops.zeros_like(variable) for variable in classifier.trainable_variables], classifier.trainable_variables
    )
    values = {variable.path: np.unique(np.asarray(variable.value)) for variable in classifier.trainable_variables}
    decayed = {path for path, value in values.items() if value == pytest.approx([1 - 0.5 * 0.1])}
    assert {path for path, value in values.items() if value.tolist() != [1.0]} == decayed
    # Counted by hand: 3 embeddings; 6 kernels (query, key, value, output, two of the feed-forward part) a layer;
    # pooler; head.
    assert len(decayed) == 3 + 2 * 6 + 1 + 1
    assert {path.rpartition("/")[2] for path in decayed} == {"embeddings", "kernel"}
    # The rest is a bias for each kernel, and gamma and beta of 5 layer norms.
    assert {path.rpartition("/")[2] for path in values.keys() - decayed} == {"bias", "gamma", "beta"}
    assert len(values) - len(decayed) == 14 + 2 * 5


def stepped(
    optimizer: keras.optimizers.Optimizer, gradients: list[list[Any]], shapes: list[tuple[int, ...]]
) -> list[np.ndarray]:
    """Variables after steps from ones."""
    variables = [
        keras.Variable(np.ones(shape, np.float32), name=f"kernel_{place}") for place, shape in enumerate(shapes)
    ]
    for step in gradients:
        optimizer.apply(step, variables)
    return [np.asarray(variable.value) for variable in variables]


def test_dense_weights_change_as_by_kerass_adamw() -> None:
    random, shapes = np.random.default_rng(0), [(3, 4), (5,)]
    gradients = [[keras.ops.array(random.normal(size=shape).astype(np.float32)) for shape in shapes] for _ in range(6)]
    theirs = keras.optimizers.AdamW(LinearWarmupDecay(0.1, 2, 10), weight_decay=0.01, epsilon=1e-8, global_clipnorm=1.0)
    for one, other in zip(
        stepped(adamw(0.1, 10, 0.2), gradients, shapes), stepped(theirs, gradients, shapes), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_gradients_are_clipped_by_their_common_norm_which_is_kept() -> None:
    # Of Adam the first step shows no scale, but its moments do.
    optimizer = adamw(1.0, 10)
    stepped(optimizer, [[keras.ops.array([3.0, 0.0]), keras.ops.array([4.0])]], [(2,), (1,)])
    assert float(optimizer.gradient_norm) == 5
    np.testing.assert_allclose(np.asarray(optimizer._momentums[0]), [0.06, 0], rtol=1e-5)
    np.testing.assert_allclose(np.asarray(optimizer._momentums[1]), [0.08], rtol=1e-5)


def test_of_a_table_the_rows_in_the_gradient_alone_change_and_slices_of_a_row_add_up() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [0.5]]), tf.constant([3, 1, 3]), tf.constant([5, 1]))
    dense = keras.ops.array([[0.0], [2.0], [0.0], [1.5], [0.0]])
    optimizer = adamw(0.1, 10)
    (table,) = stepped(optimizer, [[slices]] * 3, [(5, 1)])
    (whole,) = stepped(adamw(0.1, 10), [[dense]] * 3, [(5, 1)])
    np.testing.assert_allclose(table[[1, 3]], whole[[1, 3]], rtol=1e-5)
    assert table[[0, 2, 4]].ravel().tolist() == [1, 1, 1]
    assert float(optimizer.gradient_norm) == pytest.approx(2.5)


def test_a_multiplier_scales_the_rate_of_its_variable() -> None:
    gradients, shapes = [[keras.ops.array([1.0]), keras.ops.array([1.0])]], [(1,), (1,)]
    first, second = stepped(adamw(0.1, 10, 0.0, 0.0, multipliers={"kernel_1": 0.5}), gradients, shapes)
    assert 1 - second == pytest.approx((1 - first) / 2, rel=1e-5)
