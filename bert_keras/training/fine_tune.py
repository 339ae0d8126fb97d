"""Fine-tuning a text classifier, and what it predicts afterwards."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from bert_keras.data import Encoded, evaluation_batches, ordered_batches, training_batches
from bert_keras.models import TextClassifier
from bert_keras.training.optimizer import adamw


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune.

    Attributes:
        epochs: Times over the data.
        batch_size: Rows of a batch.
        learning_rate: The highest one.
        warmup_share: Share of the steps until the highest rate.
        weight_decay: Of all weights but biases and layer norms.
        seed: Of the order of rows and of dropout.
    """

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    seed: int = 0

    def steps_per_epoch(self, rows: int) -> int:
        """Batches that a number of rows makes."""
        return math.ceil(rows / self.batch_size)


@dataclass(frozen=True)
class Outcome:
    """What a training did: seconds spent in it (validation included), optimizer steps, rows a second, and the history by epoch."""

    seconds: float
    steps: int
    examples_per_second: float
    history: dict[str, list[float]]


def fine_tune(
    classifier: TextClassifier,
    train: Encoded,
    dev: Encoded | None,
    recipe: Recipe,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Outcome:
    """Fine-tunes all weights of a classifier.

    Args:
        classifier: The model, which is changed.
        train: Rows to learn from.
        dev: Rows to measure loss and accuracy on after each epoch.
        recipe: How.
        callbacks: Keras callbacks, e.g. for progress.

    Returns:
        What was done.
    """
    _set_seed(classifier, recipe.seed)
    steps = recipe.steps_per_epoch(len(train))
    total = steps * recipe.epochs
    classifier.compile(adamw(recipe.learning_rate, total, recipe.warmup_share, recipe.weight_decay))
    begin = time.perf_counter()
    history = classifier.fit(
        training_batches(train, recipe.batch_size, recipe.epochs, recipe.seed),
        validation_data=None if dev is None else evaluation_batches(dev, recipe.batch_size),
        epochs=recipe.epochs,
        steps_per_epoch=steps,
        callbacks=list(callbacks),
        verbose=0,
    )
    seconds = time.perf_counter() - begin
    return Outcome(seconds, total, len(train) * recipe.epochs / seconds, history.history)


def _set_seed(classifier: TextClassifier, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    # Dropout layers drew their seeds when they were built, from whatever the state was then.
    states = [variable for variable in classifier.variables if variable.name == "seed_generator_state"]
    seeds = np.random.default_rng(seed).integers(2**32, size=len(states), dtype=np.uint32)
    for state, value in zip(states, seeds, strict=True):
        state.assign(np.array([value, 0], np.uint32))


def predict_probabilities(
    classifier: TextClassifier, data: Encoded, batch_size: int = 32, on_rows: Callable[[int], object] = lambda rows: None
) -> np.ndarray:
    """Runs a classifier over encoded rows.

    Args:
        classifier: The model.
        data: The rows.
        batch_size: Rows that go through it together.
        on_rows: Is told how many rows are done after each batch, e.g. to move a progress bar.

    Returns:
        Probabilities `[rows, labels]` float32, in the order of the rows.
    """
    probabilities = np.empty([len(data), len(classifier.labels)], np.float32)
    for rows, (inputs, _) in ordered_batches(data, batch_size):
        probabilities[rows] = tf.nn.softmax(classifier.logits(inputs)).numpy()
        on_rows(len(rows))
    return probabilities
