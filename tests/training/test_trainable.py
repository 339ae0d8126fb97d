from collections.abc import Callable

import numpy as np
import pytest
from tiny_data import tiny_data

from bert_keras.errors import InputError
from bert_keras.models import TextClassifier
from bert_keras.training.fine_tune import fine_tune
from bert_keras.training.recipe import Recipe
from bert_keras.training.trainable import layer_multipliers, only_trainable

THREE = {"num_layers": 3}
HEAD = {"logits"}
POOLER = {"pooled_dense"}
EMBEDDINGS = {"token_embedding", "position_embedding", "segment_embedding", "embeddings_layer_norm"}
LAYERS = [{f"transformer_layer_{layer}"} for layer in range(3)]
EXPECTED = {
    "head": HEAD,
    "top-0": HEAD | POOLER,
    "top-1": HEAD | POOLER | LAYERS[2],
    "top-2": HEAD | POOLER | LAYERS[2] | LAYERS[1],
    "top-3": HEAD | POOLER | LAYERS[2] | LAYERS[1] | LAYERS[0],
    "all": HEAD | POOLER | LAYERS[2] | LAYERS[1] | LAYERS[0] | EMBEDDINGS,
}


@pytest.fixture(scope="module")
def three(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    return build_classifier(backbone=THREE)


def values(classifier: TextClassifier) -> dict[str, np.ndarray]:
    return {weight.path: value for weight, value in zip(classifier.weights, classifier.get_weights(), strict=True)}


def layer_of(path: str) -> str:
    return path.partition("/")[0]


@pytest.mark.parametrize("what", list(EXPECTED))
def test_what_is_named_learns_and_the_rest_does_not(three: TextClassifier, what: str) -> None:
    with only_trainable(three, what):
        assert {layer_of(weight.path) for weight in three.trainable_weights} == EXPECTED[what]
    assert len(three.trainable_weights) == len(three.weights)


@pytest.mark.parametrize(("activation", "learning"), [("relu", HEAD | POOLER), ("gelu", HEAD | POOLER), ("tanh", HEAD)])
def test_the_dense_layer_of_a_head_learns_with_it(
    activation: str, learning: set[str], build_classifier: Callable[..., TextClassifier]
) -> None:
    classifier = build_classifier(backbone={"pooler_activation": activation})
    with only_trainable(classifier, "head"):
        assert {layer_of(weight.path) for weight in classifier.trainable_weights} == learning
    assert len(classifier.trainable_weights) == len(classifier.weights)


def test_flags_are_as_they_were_before_even_after_an_error(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier(backbone=THREE)
    classifier.backbone.transformer_layers[1].trainable = False
    flags = [layer.trainable for layer in classifier._flatten_layers()]
    with pytest.raises(ZeroDivisionError), only_trainable(classifier, "top-2"):
        assert {layer_of(weight.path) for weight in classifier.trainable_weights} == HEAD | POOLER | LAYERS[2]
        raise ZeroDivisionError
    assert [layer.trainable for layer in classifier._flatten_layers()] == flags


def test_more_layers_than_there_are_are_refused(three: TextClassifier) -> None:
    message = "the model has 3 layers; trainable can be top-0 to top-3. Received: 'top-9'"
    with pytest.raises(InputError, match=message), only_trainable(three, "top-9"):
        raise AssertionError("it was taken")
    assert len(three.trainable_weights) == len(three.weights)


@pytest.mark.parametrize("what", ["head", "top-1"])
def test_a_training_changes_what_learns_and_not_a_bit_of_the_rest(
    build_classifier: Callable[..., TextClassifier], what: str, eagerly: None
) -> None:
    classifier = build_classifier(backbone=THREE)
    before = values(classifier)
    fine_tune(classifier, tiny_data(16, 0), None, Recipe(1, 8, 1e-2, trainable=what))
    changed = {path for path, value in values(classifier).items() if not np.array_equal(value, before[path])}
    assert {layer_of(path) for path in changed} == EXPECTED[what]
    assert len(before) - len(changed) > 20


def test_each_layer_has_a_share_of_the_rate_of_the_one_above_and_embeddings_the_least(three: TextClassifier) -> None:
    multipliers = layer_multipliers(three, 0.5)
    by_layer = {
        layer_of(path): {multipliers[other] for other in multipliers if layer_of(other) == layer_of(path)}
        for path in multipliers
    }
    expected = {"transformer_layer_2": 0.5, "transformer_layer_1": 0.25, "transformer_layer_0": 0.125} | dict.fromkeys(
        EMBEDDINGS, 0.0625
    )
    assert by_layer == {name: {value} for name, value in expected.items()}
    own = {weight.path for weight in three.weights if layer_of(weight.path) not in HEAD | POOLER}
    assert multipliers.keys() == own
    assert layer_multipliers(three, 1.0) == {}


def test_the_first_step_of_each_layer_is_as_long_as_its_rate(
    build_classifier: Callable[..., TextClassifier], eagerly: None
) -> None:
    classifier = build_classifier(backbone=THREE | {"dropout": 0.0, "attention_dropout": 0.0})
    before = values(classifier)
    recipe = Recipe(1, 16, 1e-3, warmup_share=0.0, weight_decay=0.0, layer_decay=0.5)
    fine_tune(classifier, tiny_data(16, 0), None, recipe)
    longest: dict[str, float] = {}
    for path, value in values(classifier).items():
        longest[layer_of(path)] = max(longest.get(layer_of(path), 0.0), float(np.abs(value - before[path]).max()))
    # Adam's first step changes each weight by the rate, whatever its gradient.
    expected = {name: 1e-3 for name in HEAD | POOLER} | {
        f"transformer_layer_{layer}": 1e-3 * 0.5 ** (3 - layer) for layer in range(3)
    }
    assert longest == pytest.approx(expected | dict.fromkeys(EMBEDDINGS, 1e-3 * 0.5**4), rel=1e-2)


def test_adapters_of_lower_layers_have_lower_rates(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier(backbone=THREE)
    classifier.adapt("the model that it is", rank=2)
    rates = layer_multipliers(classifier, 0.5)
    found = [rates[layer.low_rank("query").down.path] for layer in classifier.backbone.transformer_layers]
    assert found == [0.125, 0.25, 0.5]
