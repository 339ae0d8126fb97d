from collections.abc import Callable

import keras
import numpy as np
import pytest

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
    optimizer.apply([keras.ops.zeros_like(variable) for variable in classifier.trainable_variables], classifier.trainable_variables)
    values = {variable.path: np.unique(np.asarray(variable.value)) for variable in classifier.trainable_variables}
    decayed = {path for path, value in values.items() if value == pytest.approx([1 - 0.5 * 0.1])}
    assert {path for path, value in values.items() if value.tolist() != [1.0]} == decayed
    # Counted by hand: 3 embeddings; 6 kernels (query, key, value, output, two of the feed-forward part) a layer; pooler; head.
    assert len(decayed) == 3 + 2 * 6 + 1 + 1
    assert {path.rpartition("/")[2] for path in decayed} == {"embeddings", "kernel"}
    # The rest is a bias for each kernel, and gamma and beta of 5 layer norms.
    assert {path.rpartition("/")[2] for path in values.keys() - decayed} == {"bias", "gamma", "beta"}
    assert len(values) - len(decayed) == 14 + 2 * 5


def test_gradients_are_clipped_by_their_common_norm() -> None:
    clipped = adamw(1.0, 10)._clip_gradients([keras.ops.array([3.0, 0.0]), keras.ops.array([4.0])])
    np.testing.assert_allclose(clipped[0], [0.6, 0.0], rtol=1e-6)
    np.testing.assert_allclose(clipped[1], [0.8], rtol=1e-6)
    small = adamw(1.0, 10)._clip_gradients([keras.ops.array([0.3, 0.0]), keras.ops.array([0.4])])
    np.testing.assert_allclose(small[1], [0.4], rtol=1e-6)
