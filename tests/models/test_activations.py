import math

import keras
import numpy as np
import pytest

from bert_keras.errors import CheckpointError
from bert_keras.models.activations import activation

X = np.linspace(-6, 6, 241, dtype=np.float32)
ERF = np.array([x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in X.astype(float)])
TANH = np.array([0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) for x in X.astype(float)])


@pytest.mark.parametrize("name", ["gelu", "gelu_python"])
def test_gelu_is_the_exact_one(name: str) -> None:
    np.testing.assert_allclose(activation(name)(X), ERF, atol=1e-6)
    assert np.abs(np.asarray(activation(name)(X)) - TANH).max() > 1e-4


@pytest.mark.parametrize("name", ["gelu_new", "gelu_fast", "gelu_pytorch_tanh"])
def test_the_names_of_the_tanh_approximation_mean_it(name: str) -> None:
    np.testing.assert_allclose(activation(name)(X), TANH, atol=1e-6)
    assert np.abs(np.asarray(activation(name)(X)) - ERF).max() > 1e-4


def test_relu_cuts_at_zero() -> None:
    np.testing.assert_array_equal(activation("relu")(X), np.maximum(X, 0))


@pytest.mark.parametrize("name", ["gelu", "gelu_new", "relu"])
def test_an_activation_comes_back_from_a_configuration(name: str) -> None:
    layer = keras.layers.Dense(3, activation=activation(name))
    assert keras.layers.Dense.from_config(layer.get_config()).activation is activation(name)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(CheckpointError, match="unknown activation. Received: 'silu'"):
        activation("silu")
