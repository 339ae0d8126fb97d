"""Logs a token classifier's mistakes on the development split to TensorBoard."""

from collections.abc import Callable
from typing import Any

import keras

from bert_keras import reporting
from bert_keras.data import WindowedTexts
from bert_keras.event_files.writer import EventWriter
from bert_keras.training.predict_tags import FoundTags
from bert_keras.training.tagged_texts import tagged_texts
from bert_keras.training.tensorboard_scalars import optimizer_step

_MISTAKES = 24


class TensorBoardTags(keras.callbacks.Callback):
    """Writes a table of the most frequent mistakes after each epoch.

    Args:
        events: The writer of the events.
        windowed: The texts of the development split.
        found: A function that returns the tags of their words, with the current weights of the model.
    """

    def __init__(self, events: EventWriter, windowed: WindowedTexts, found: Callable[[], FoundTags]) -> None:
        super().__init__()
        self._writer, self._windowed, self._found = events, windowed, found

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the mistakes."""
        rows = [["mistake", "entity", "type", "found", "found type", "times", "first"]]
        texts = tagged_texts(self._windowed, self._found())
        for mistake, count, place in reporting.frequent_mistakes(texts, _MISTAKES):
            rows.append([*mistake, f"{count:,}", place])
        self._writer.table(optimizer_step(self.model), "frequent_mistakes", rows)
