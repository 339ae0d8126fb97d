import numpy as np
import pytest

from bert_keras.insight.quantisation import dequantise, quantise
from bert_keras.insight.rounding import rounded


def test_octets_are_rounded_square_roots() -> None:
    weights = np.array([0, 1, 0.25, 1 / 255**2, 0.5 / 255**2], np.float32).reshape(1, 1, 1, 5)
    (layer,) = quantise(weights).layers
    assert layer.dtype == np.uint8
    assert layer.ravel().tolist() == [0, 255, 128, 1, 1]


def test_every_octet_comes_back_as_itself() -> None:
    octets = np.arange(256, dtype=np.uint8)
    weights = dequantise(octets)
    np.testing.assert_allclose(weights, (octets / 255.0) ** 2, rtol=1e-6)
    assert quantise(weights.reshape(1, 1, 16, 16)).layers[0].ravel().tolist() == octets.tolist()


def test_the_errors_told_are_those_made() -> None:
    weights = np.random.default_rng(0).dirichlet(np.full(24, 0.1), (3, 2, 24)).astype(np.float32)
    made = quantise(weights)
    errors = np.abs(dequantise(np.stack(made.layers)) - weights)
    assert made.max_error == pytest.approx(errors.max())
    assert made.mean_error == pytest.approx(errors.mean(), rel=1e-4)
    assert 0 < made.max_error <= 1 / 255  # of a weight near 1


def test_small_weights_of_long_texts_are_kept_apart() -> None:
    weights = np.array([1 / 384, 2 / 384, 1 / 3840], np.float32)
    kept = dequantise(quantise(weights.reshape(1, 1, 1, 3)).layers[0]).ravel()
    np.testing.assert_allclose(kept, weights, rtol=0.06)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -1.0])
def test_what_is_no_weight_is_kept_within_range(broken: float) -> None:
    made = quantise(np.array([[[[broken, 0.25]]]], np.float32))
    assert made.layers[0].ravel()[1] == 128
    assert np.isfinite(made.max_error)


def test_no_tokens_make_no_error() -> None:
    made = quantise(np.zeros((2, 2, 0, 0), np.float32))
    assert (made.max_error, made.mean_error) == (0, 0)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (0.123456789, 0.12346),
        (123456.7, 123460.0),
        (-1.000004e-9, -1e-9),
        ([[1 / 3], [2.0]], [[0.33333], [2.0]]),
        ([], []),
        ([np.nan, np.inf, -np.inf, 1], [None, None, None, 1.0]),
        (np.float32(0.1), 0.1),
    ],
)
def test_numbers_keep_five_digits_that_count(values: object, told: object) -> None:
    assert rounded(values) == told
