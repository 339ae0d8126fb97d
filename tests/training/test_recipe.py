import json
import math
from typing import Any

import pytest

from bert_keras.errors import InputError
from bert_keras.training.recipe import Recipe


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", -1),
        ("token_budget", 0),
        ("learning_rate", 0.0),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("clip_norm", 0.0),
        ("warmup_share", 1.5),
        ("weight_decay", -0.1),
        ("layer_decay", 0.0),
        ("layer_decay", 1.1),
        ("label_smoothing", 1.0),
        ("trainable", "top"),
        ("trainable", "top--1"),
        ("trainable", "head "),
        ("patience", -1),
        ("seed", 2**32),
        ("class_weights", "even"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{name} must be .* Received: ") as error:
        Recipe(**{name: value})
    assert str(error.value).endswith(repr(value))


@pytest.mark.parametrize(("rows", "steps"), [(1, 1), (32, 1), (33, 2), (67_349, 2105)])
def test_the_last_rows_of_an_epoch_make_a_step_however_few(rows: int, steps: int) -> None:
    assert Recipe(batch_size=32).steps_per_epoch(rows) == steps


def test_settings_are_what_json_holds_and_differ_with_the_recipe() -> None:
    recipes = (
        Recipe(),
        Recipe(class_weights={"a": 2.0}),
        Recipe(patience=0),
        Recipe(trainable="top-2"),
        Recipe(deterministic=True),
    )
    settings = [recipe.settings() for recipe in recipes]
    assert json.loads(json.dumps(settings)) == settings
    assert len({json.dumps(one) for one in settings}) == 5
    assert "deterministic" not in settings[0]  # as in checkpoints of earlier versions, which go on
