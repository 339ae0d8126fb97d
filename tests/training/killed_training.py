"""Trains in processes that kill themselves at given moments, and compares the results; run as a program by the test.

One process brings TensorFlow, and each training is a fork of it made before TensorFlow has begun any work: that is
seconds faster.
Arguments: a folder, and for each way to train, `fine_tune=` or `few_shot=`, the moments to be killed at one after the
    other, separated by commas: `step:3` (after the third step since the process began), `written:2` (a file of a
    checkpoint is written in half), `renamed:2` (just after it took its place), `measuring:1`, `epoch:1`.
Prints a line of JSON.
"""

import dataclasses
import json
import os
import signal
import stat
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tiny_data import tiny_data

import bert_keras.models
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.few_shot import few_shot
from bert_keras.training.fine_tune import fine_tune
from bert_keras.training.recipe import Recipe

# Everything that could go another way: dropout, passes, the best epoch, rates by layer.
RECIPE = Recipe(
    epochs=5, batch_size=8, learning_rate=3e-3, token_budget=32, layer_decay=0.8, patience=2, stop_metric="loss", seed=3
)
# Three batches in each pass over the rows, and dropout.
FEW_SHOT = Recipe(epochs=3, batch_size=16, learning_rate=3e-3, keep="last", seed=3)
Die = Callable[[str], None]


class EveryThird(Checkpoints):
    """Checkpoints after every third step, whatever the clock says."""

    _asked = 0

    def due(self) -> bool:
        self._asked += 1
        return self._asked % 3 == 0


class Moments(keras.callbacks.Callback):
    """Moments of a training."""

    def __init__(self, at: Die) -> None:
        super().__init__()
        self._at = at

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._at("step")

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._at("measuring")

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._at("epoch")


def train(way: str, folder: Path, moment: str, weights: Path) -> None:
    """Trains a tiny classifier with checkpoints in a folder, unless it is killed; then writes the weights."""
    wanted, _, count = moment.partition(":")
    seen: Counter[str] = Counter()

    def at(name: str) -> None:
        seen[name] += 1
        if name == wanted and seen[name] == int(count):
            os.kill(os.getpid(), signal.SIGKILL)

    sync, replace = os.fsync, os.replace

    def fsync(file: int) -> None:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return  # of the folder
        if wanted == "written" and seen["written"] + 1 == int(count):
            os.ftruncate(file, os.fstat(file).st_size // 2)
        at("written")
        sync(file)

    def renamed(source: Path, target: Path) -> None:
        replace(source, target)
        at("renamed")

    os.fsync, os.replace = fsync, renamed
    backbone = bert_keras.models.BertBackbone(
        vocabulary_size=39,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=16,
        initializer_range=0.2,
    )
    classifier = bert_keras.models.TextClassifier(backbone, ["bad", "good"])
    start = np.random.default_rng(0)
    for weight in classifier.weights:
        weight.assign(start.normal(0, 0.2, weight.shape))
    # Wrong dev rows: the more is learned, the worse they score, so the first epoch is the best and the third the last.
    dev = dataclasses.replace(tiny_data(20, 1), targets=1 - tiny_data(20, 1).targets)
    given: list[Any] = [[Moments(at)], EveryThird(folder)]
    if way == "fine_tune":
        outcome = fine_tune(classifier, tiny_data(44, 0), dev, RECIPE, *given)
    else:
        outcome = few_shot(classifier, tiny_data(44, 0), dev, FEW_SHOT, *given)  # type: ignore[arg-type]
    np.savez(
        weights,
        *map(np.asarray, classifier.variables),
        history=json.dumps(outcome.history),
        best=str(outcome.best_epoch),
    )


def fork(way: str, folder: Path, moment: str, weights: Path) -> int:
    """Calls `train` in a fork, and returns its process id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            train(way, folder, moment, weights)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def ended(child: int) -> int:
    """Waits for a fork, and returns the number of the signal that ended it."""
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a training failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def compared(way: str, folder: Path, moments: list[str]) -> dict[str, Any]:
    """Trains undisturbed, and beside it killed time and again, and compares."""
    folder.mkdir()
    undisturbed, killed = Path(folder, "undisturbed.npz"), Path(folder, "killed.npz")
    beside = fork(way, Path(folder, "a"), "none:0", undisturbed)
    signals = [ended(fork(way, Path(folder, "b"), moment, killed)) for moment in [*moments, "none:0"]]
    ended(beside)
    one, other = np.load(undisturbed), np.load(killed)
    return {
        "signals": signals,
        "files": one.files == other.files,
        "equal": [one[name].tobytes() == other[name].tobytes() for name in one],
        "history": json.loads(str(one["history"])),
        "best": str(one["best"]),
        "left": sorted(path.name for path in Path(folder, "b").iterdir()),
    }


def main() -> None:
    """Trains in each way."""
    folder, *ways = sys.argv[1:]
    results = {}
    for given in ways:
        way, moments = given.split("=")
        results[way] = compared(way, Path(folder, way), moments.split(","))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
