import math
from collections.abc import Callable

import keras
import numpy as np
import pytest

from bert_keras.errors import CheckpointError
from bert_keras.models.activations import activation

X = np.linspace(-6, 6, 241, dtype=np.float32)
ERF = np.array([x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in X.astype(float)])
TANH = np.array([0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) for x in X.astype(float)])
FORMULAS: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0),
    "relu2": lambda x: max(x, 0) ** 2,
    "relu6": lambda x: min(max(x, 0), 6),
    "leaky_relu": lambda x: max(x, 0.01 * x),
    "quick_gelu": lambda x: x / (1 + math.exp(-1.702 * x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "linear": lambda x: x,
}


@pytest.mark.parametrize("name", ["gelu", "gelu_python", "gelu_10"])
def test_gelu_is_the_exact_one(name: str) -> None:
    np.testing.assert_allclose(activation(name)(X), ERF, atol=1e-6)
    assert np.abs(np.asarray(activation(name)(X)) - TANH).max() > 1e-4


@pytest.mark.parametrize("name", ["gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh"])
def test_the_names_of_the_tanh_approximation_mean_it(name: str) -> None:
    np.testing.assert_allclose(activation(name)(X), TANH, atol=1e-6)
    assert np.abs(np.asarray(activation(name)(X)) - ERF).max() > 1e-4


@pytest.mark.parametrize("name", FORMULAS)
def test_other_activations_are_what_their_names_say(name: str) -> None:
    np.testing.assert_allclose(activation(name)(X), [FORMULAS[name](float(x)) for x in X], atol=2e-6)


def test_gelu_10_ends_at_10() -> None:
    np.testing.assert_array_equal(activation("gelu_10")(np.float32([-20, 9, 12])), [0, 9, 10])


@pytest.mark.parametrize("name", ["gelu", "gelu_new", "gelu_10", "quick_gelu", "leaky_relu", "relu2", *FORMULAS])
def test_an_activation_comes_back_from_a_configuration(name: str) -> None:
    layer = keras.layers.Dense(3, activation=activation(name))
    assert keras.layers.Dense.from_config(layer.get_config()).activation is activation(name)


@pytest.mark.parametrize("name", ["prelu", "xielu", "GELU", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(CheckpointError, match=f"unknown activation. Received: '{name}'; known are gelu, "):
        activation(name)
