import numpy as np
import pytest

from bert_keras.errors import InputError
from bert_keras.insight import probe_layers

LABELS = np.array(["bad", "good"] * 40)


def layers() -> list[np.ndarray]:
    """Vectors that say nothing of the labels, something, and all."""
    random = np.random.default_rng(1)
    return [
        random.normal(size=(80, 5)) + shift * (LABELS == "good")[:, np.newaxis] * [1, 0, 0, 0, 0]
        for shift in (0, 2, 100)
    ]


def test_accuracy_is_what_a_layer_tells_of_the_labels() -> None:
    found = probe_layers(layers(), LABELS)
    assert found.accuracy.shape == found.deviation.shape == (3,)
    assert abs(found.accuracy[0] - 0.5) < 0.2
    assert 0.7 < found.accuracy[1] < 0.97  # two normals, two standard deviations apart: 0.84
    assert found.accuracy[2] == 1
    assert found.deviation[2] == 0
    assert found.majority == 0.5


def test_the_probe_is_tested_on_what_it_was_not_fitted_to() -> None:
    # With as many dimensions as samples, any labels are told apart by a line.
    noise = np.random.default_rng(2).normal(size=(1, 80, 200))
    assert probe_layers(noise, LABELS).accuracy[0] < 0.75


def test_the_same_input_gives_the_same() -> None:
    np.testing.assert_array_equal(probe_layers(layers(), LABELS).accuracy, probe_layers(layers(), LABELS).accuracy)


def test_the_size_of_vectors_makes_no_difference() -> None:
    found = probe_layers([of * 1e4 for of in layers()], LABELS)
    np.testing.assert_allclose(found.accuracy, probe_layers(layers(), LABELS).accuracy, atol=1e-6)


def test_a_rare_label_makes_fewer_folds() -> None:
    labels = np.array([2] * 3 + [0] * 7)
    states = labels[np.newaxis, :, np.newaxis].astype(np.float32)
    found = probe_layers(states, labels)
    assert found.accuracy[0] == 1
    assert found.majority == pytest.approx(0.7)


def test_vectors_that_are_all_the_same_tell_the_most_frequent_label() -> None:
    labels = np.array([0] * 10 + [1] * 30)
    assert probe_layers(np.ones((1, 40, 3)), labels).accuracy[0] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("labels", "message"),
    [(["a"] * 80, "Received: a 80"), (["a"] * 79 + ["b"], "Received: a 79, b 1"), (["a", "b"], "80 vectors, 2 labels")],
)
def test_what_cannot_be_probed_is_refused(labels: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        probe_layers(layers(), labels)
