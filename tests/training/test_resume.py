import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_data import tiny_data

from bert_keras.errors import InputError, TrainingError, TrainingInterrupted
from bert_keras.models import TextClassifier
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.fine_tune import Outcome, fine_tune
from bert_keras.training.recipe import Recipe

TINY = {"num_layers": 1}
RECIPE = Recipe(epochs=2, batch_size=4, learning_rate=1e-2, seed=1)
PROGRAM = Path(__file__).with_name("killed_training.py")

Train = Callable[..., tuple[TextClassifier, Outcome]]


def moments() -> list[str]:
    """Three random moments: while a checkpoint is written, after a step or a rename, and at the end of an epoch."""
    chosen = random.Random(1)
    within = f"{chosen.choice(['step', 'renamed'])}:{chosen.randint(2, 5)}"
    return [within, f"written:{chosen.randint(1, 3)}", f"{chosen.choice(['measuring', 'epoch'])}:1"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program prints: of each way to train, how killed trainings ended."""
    ways = {"fine_tune": moments(), "few_shot": ["step:5", "measuring:1"]}
    given = [f"{way}={','.join(of)}" for way, of in ways.items()]
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path_factory.mktemp("killed")), *given],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("way", ["fine_tune", "few_shot"])
def test_a_training_killed_at_any_moment_ends_with_the_bits_of_an_undisturbed_one(
    way: str, results: dict[str, Any]
) -> None:
    result = results[way]
    assert result["signals"] == [signal.SIGKILL] * {"fine_tune": 3, "few_shot": 2}[way] + [0]
    assert result["files"]
    assert result["equal"] == [True] * len(result["equal"])
    assert len(result["equal"]) > 30


def test_the_weights_of_the_best_epoch_survive(results: dict[str, Any]) -> None:
    # The dev rows are wrong, so the first epoch is the best and the third the last.
    result = results["fine_tune"]
    assert (result["best"], len(result["history"]["loss"])) == ("0", 3)
    assert result["left"] == ["best-0.safetensors", "state.safetensors"]


class At(keras.callbacks.Callback):
    """Does something after a step of an epoch."""

    def __init__(self, epoch: int, step: int, do: Callable[[], object]) -> None:
        super().__init__()
        self._at, self._do, self.steps, self.ended = (epoch, step), do, 0, False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        if (self._epoch, batch) == self._at:
            self._do()

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True


@pytest.fixture(scope="module", autouse=True)
def eagerly() -> Iterator[None]:
    """No graphs, which is faster for a few steps; the killed trainings have them."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def start(build_classifier: Callable[..., TextClassifier]) -> list[np.ndarray]:
    return build_classifier(backbone=TINY).get_weights()


@pytest.fixture(scope="module")
def train(build_classifier: Callable[..., TextClassifier], start: list[np.ndarray]) -> Train:
    """Trains a fresh classifier of the same weights for two epochs of three steps."""

    def call(
        checkpoints: Checkpoints | None = None, *callbacks: Any, recipe: Recipe = RECIPE, **more: Any
    ) -> tuple[TextClassifier, Outcome]:
        classifier = build_classifier(backbone=TINY)
        classifier.set_weights(start)
        return classifier, fine_tune(
            classifier, tiny_data(12, 0), tiny_data(6, 1), recipe, callbacks, checkpoints, **more
        )

    return call


@pytest.fixture(scope="module")
def undisturbed(train: Train) -> tuple[TextClassifier, Outcome]:
    return train()


def assert_same_end(one: tuple[TextClassifier, Outcome], other: tuple[TextClassifier, Outcome]) -> None:
    for mine, others in zip(one[0].variables, other[0].variables, strict=True):
        np.testing.assert_array_equal(mine, others)
    assert one[1].history == other[1].history
    assert one[1].steps == other[1].steps


def test_a_training_asked_to_stop_finishes_its_step_saves_and_goes_on_when_called_again(
    train: Train, undisturbed: tuple[TextClassifier, Outcome], tmp_path: Path
) -> None:
    handlers = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    asked = At(0, 1, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(TrainingInterrupted) as interrupted:
        train(Checkpoints(tmp_path), asked)
    assert (
        str(interrupted.value)
        == f"stopped at epoch 1, step 2 of 3, saved in {tmp_path}; the same command goes on from there"
    )
    assert asked.steps == 2
    assert asked.ended
    rest = At(9, 9, list)
    assert_same_end(train(Checkpoints(tmp_path), rest), undisturbed)
    assert rest.steps == 4
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == handlers


def test_an_interruption_without_checkpoints_says_that_nothing_is_saved(train: Train) -> None:
    with pytest.raises(KeyboardInterrupt, match="nothing was saved"):
        train(None, At(0, 0, lambda: os.kill(os.getpid(), signal.SIGINT)))


def test_who_asks_twice_does_not_wait(train: Train, tmp_path: Path) -> None:
    def insist() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as interrupted:
        train(Checkpoints(tmp_path), At(0, 0, insist))
    assert not isinstance(interrupted.value, TrainingInterrupted)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_ends_a_training_and_it_goes_on_from_the_last_good_checkpoint(
    train: Train, undisturbed: tuple[TextClassifier, Outcome], tmp_path: Path
) -> None:
    fill = At(0, 2, lambda: (tmp_path / ".state.safetensors.part").symlink_to("/dev/full"))
    with pytest.raises(
        TrainingError, match="No space left on device.* the last good checkpoint, of epoch 1, step 2, is whole"
    ):
        train(Checkpoints(tmp_path, minutes=0), fill)
    rest = At(9, 9, list)
    assert_same_end(train(Checkpoints(tmp_path), rest), undisturbed)
    assert rest.steps == 4


def test_a_finished_training_is_not_trained_again(
    train: Train, undisturbed: tuple[TextClassifier, Outcome], tmp_path: Path
) -> None:
    first = train(Checkpoints(tmp_path))
    nothing = At(9, 9, list)
    again = train(Checkpoints(tmp_path), nothing)
    assert nothing.steps == 0
    assert_same_end(first, undisturbed)
    assert_same_end(again, undisturbed)
    assert again[1] == first[1]


def test_another_recipe_does_not_go_on_with_it(train: Train, tmp_path: Path) -> None:
    with pytest.raises(TrainingInterrupted):
        train(Checkpoints(tmp_path), At(0, 1, lambda: os.kill(os.getpid(), signal.SIGINT)))
    changes = {
        "batch_size 4 there, 3 now": {"batch_size": 3},
        "class_weights none there, {'positive': 2.0} now": {"class_weights": {"positive": 2.0}},
        "patience None there, 1 now; seed 1 there, 2 now": {"seed": 2, "patience": 1},
    }
    for message, change in changes.items():
        with pytest.raises(InputError) as error:
            train(Checkpoints(tmp_path), recipe=dataclasses.replace(RECIPE, **change))
        assert message in str(error.value)
        assert "--overwrite true" in str(error.value)


def test_other_data_or_other_weights_do_not_go_on_with_it(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    (one, other), recipe = (build_classifier(backbone=TINY | {"seed": seed}) for seed in (1, 2)), Recipe(1, 4)
    fine_tune(one, tiny_data(4, 0), tiny_data(4, 1), recipe, checkpoints=Checkpoints(tmp_path))
    with pytest.raises(
        InputError, match="Received: the training data differ; the dev data differ; the weights to start from differ"
    ):
        fine_tune(other, tiny_data(4, 3), None, recipe, checkpoints=Checkpoints(tmp_path))
    outcome = fine_tune(other, tiny_data(4, 3), None, recipe, checkpoints=Checkpoints(tmp_path), replace=True)
    assert outcome.steps == 1
