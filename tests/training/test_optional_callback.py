from collections.abc import Callable
from typing import Any

import keras
import pytest
from tiny_data import tiny_data

from bert_keras.models import TextClassifier
from bert_keras.training import OptionalCallback, Recipe, fine_tune


class Told(keras.callbacks.Callback):
    """Notes what it is told, and fails at the second epoch if asked to."""

    def __init__(self, fails: bool) -> None:
        super().__init__()
        self.told: list[str] = []
        self._fails = fails

    def on_train_begin(self, logs: Any = None) -> None:
        assert self.model is not None
        self.told.append("train begins")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.told.append(f"epoch {epoch} begins")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._fails and epoch == 1:
            raise OSError("no room")
        self.told.append(f"epoch {epoch} ends with {sorted(logs)}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.told.append("step")

    def on_train_end(self, logs: Any = None) -> None:
        self.told.append("train ends")


@pytest.mark.parametrize("fails", [False, True])
def test_a_callback_is_told_everything_until_it_fails(
    fails: bool,
    build_classifier: Callable[..., TextClassifier],
    eagerly: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(fails)
    classifier = build_classifier(backbone={"num_layers": 1})
    outcome = fine_tune(
        classifier, tiny_data(8, 0), None, Recipe(3, 8, 1e-3), [OptionalCallback("the log", lambda: told)]
    )
    epochs = [[f"epoch {epoch} begins", "step", f"epoch {epoch} ends with ['accuracy', 'loss']"] for epoch in range(3)]
    assert len(outcome.history["loss"]) == 3
    warned = [record.getMessage() for record in caplog.records]
    if fails:
        assert told.told == ["train begins", *epochs[0], "epoch 1 begins", "step"]
        assert warned == ["the log: failed and left out, the run goes on (OSError: no room)"]
    else:
        assert told.told == ["train begins", *epochs[0], *epochs[1], *epochs[2], "train ends"]
        assert not warned


def test_a_callback_that_cannot_be_made_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> keras.callbacks.Callback:
        raise ValueError("no probe")

    callback = OptionalCallback("the log of attention", fail)
    callback.on_epoch_end(0, {})
    assert [record.getMessage() for record in caplog.records] == [
        "the log of attention: failed and left out, the run goes on (ValueError: no probe)"
    ]
