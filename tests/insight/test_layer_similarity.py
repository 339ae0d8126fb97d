import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.insight import attention, layer_similarity, linear_cka

RANDOM = np.random.default_rng(0)


@pytest.fixture(params=[(40, 6), (5, 12)], ids=["more samples than dimensions", "fewer"])
def states(request: pytest.FixtureRequest) -> np.ndarray:
    return RANDOM.normal(size=request.param).astype(np.float32)


def test_a_layer_is_itself(states: np.ndarray) -> None:
    assert linear_cka(states, states) == pytest.approx(1)


def test_rotation_scale_and_shift_make_no_difference(states: np.ndarray) -> None:
    rotation = np.linalg.qr(RANDOM.normal(size=(states.shape[1],) * 2))[0]
    other = RANDOM.normal(size=states.shape)
    changed = 1e3 * states @ rotation + 7
    assert linear_cka(states, changed) == pytest.approx(1, abs=1e-6)
    assert linear_cka(changed, other) == pytest.approx(linear_cka(states, other), abs=1e-6)


def test_stretching_one_direction_does(states: np.ndarray) -> None:
    stretched = states * np.where(np.arange(states.shape[1]) == 0, 10, 1)
    assert linear_cka(states, stretched) < 0.95


def test_similarity_is_as_worked_out_by_hand() -> None:
    first = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    # X'X = 2 I, of norm sqrt(8); y'y = 2; X'y = (2, 0): 4 / (sqrt(8) 2).
    assert linear_cka(first, np.array([[1], [-1], [0], [0]])) == pytest.approx(4 / (2 * np.sqrt(8)))
    assert linear_cka(first, np.array([[1], [1], [-1], [-1]])) == pytest.approx(0)


def test_both_ways_to_compute_it_agree() -> None:
    first, second = RANDOM.normal(size=(8, 7)), RANDOM.normal(size=(8, 30))
    wide = np.pad(first, ((0, 0), (0, 20)))  # more dimensions, the same representation
    assert linear_cka(first, second) == pytest.approx(linear_cka(wide, second))


def test_what_is_the_same_for_all_samples_is_like_nothing() -> None:
    same = np.full((10, 4), 0.1, np.float32) * np.arange(1, 5, dtype=np.float32)
    assert linear_cka(same, RANDOM.normal(size=(10, 4))) == 0
    assert linear_cka(same, same) == 0


def test_all_layers_are_compared_with_all(classifier: TextClassifier) -> None:
    states = attention(classifier, "the film was not good").hidden_states
    found = layer_similarity(states)
    assert found.shape == (3, 3)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-6)
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    assert found[0, 2] == pytest.approx(linear_cka(states[0], states[2]), abs=1e-6)
    assert 0 < found[0, 2] < 1
