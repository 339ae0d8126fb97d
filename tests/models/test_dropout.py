import numpy as np
import pytest
import tensorflow as tf

from bert_keras.models.dropout import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(1001, 77), (3, 5, 7, 301)])
def test_as_many_numbers_are_dropped_as_the_rate_says_and_the_rest_grow_to_keep_the_sum(
    rate: float, shape: tuple[int, ...]
) -> None:
    dropped = Dropout(rate, seed=1)(tf.ones(shape), training=True).numpy()
    assert dropped.shape == shape
    assert (dropped == 0).mean() == pytest.approx(rate, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose(dropped[dropped != 0], 1 / (1 - rate), rtol=1e-3)


def test_nothing_is_dropped_outside_of_training_or_at_rate_0() -> None:
    x = tf.random.normal([8, 8])
    np.testing.assert_array_equal(Dropout(0.5)(x), x)
    np.testing.assert_array_equal(Dropout(0.5)(x, training=False), x)
    np.testing.assert_array_equal(Dropout(0.0)(x, training=True), x)


def test_the_gradient_passes_where_numbers_were_kept() -> None:
    x = tf.Variable(tf.random.normal([50, 40]) + 10)
    layer = Dropout(0.25, seed=1)
    with tf.GradientTape() as tape:
        y = layer(x, training=True)
        total = tf.reduce_sum(y * 3)
    np.testing.assert_allclose(tape.gradient(total, x), y / x * 3, rtol=1e-6)


def test_each_call_draws_anew_and_the_state_of_the_seed_decides_what() -> None:
    layer, x = Dropout(0.5, seed=3), tf.ones([40, 40])
    state = layer.seed_generator.state.numpy()
    first, second = layer(x, training=True).numpy(), layer(x, training=True).numpy()
    assert (first != second).mean() == pytest.approx(0.5, abs=0.1)
    layer.seed_generator.state.assign(state)
    np.testing.assert_array_equal(layer(x, training=True), first)


def test_rows_and_columns_are_dropped_independently_of_each_other() -> None:
    kept = Dropout(0.5, seed=1)(tf.ones([400, 400]), training=True).numpy() > 0
    neighbours = np.corrcoef(kept[:, :-1].ravel(), kept[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.02
    assert abs(np.corrcoef(kept[:-1].ravel(), kept[1:].ravel())[0, 1]) < 0.02
    assert kept.mean(axis=0).std() == pytest.approx(0.5 / 20, rel=0.2)


def test_numbers_of_bfloat16_stay_so() -> None:
    dropped = Dropout(0.5, dtype="mixed_bfloat16")(tf.ones([100, 100], tf.bfloat16), training=True)
    assert dropped.dtype == tf.bfloat16
    assert set(np.unique(tf.cast(dropped, tf.float32))) == {0.0, 2.0}
