"""Fine-tuning."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from bert_keras.data import Encoded, WindowedQuestions
from bert_keras.models import BertTask
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.interruption import Stopped, stop_wish
from bert_keras.training.loop import Outcome, TrainingLoop
from bert_keras.training.recipe import Recipe
from bert_keras.training.trainable import only_trainable


def fine_tune(
    model: BertTask,
    train: Encoded,
    dev: Encoded | WindowedQuestions | None,
    recipe: Recipe,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: Checkpoints | None = None,
    *,
    replace: bool = False,
    on_dev: Callable[[Any], object] = lambda outputs: None,
) -> Outcome:
    """Fine-tunes a classifier or a span extractor.

    With checkpoints, a training that was killed or interrupted goes on where the last one was written when it is called
    again with the same arguments, and ends with the same weights, bit for bit, on the same machine and software.

    Args:
        model: The model, which is changed.
        train: Rows to learn from; of a span extractor, what `WindowedQuestions.to_train` chose.
        dev: Rows to measure on after each epoch; of a span extractor, windowed questions.
        recipe: How.
        callbacks: Keras callbacks, e.g. for progress. After each step they are told `loss`, the task's metric,
            `gradient_norm`, `learning_rate`, `rows` and `tokens` of the step; after each epoch `loss` and metric over
            the epoch, and those on dev as `val_...`. Setting `stop_training` of the model ends the training. They keep
            no state through a kill.
        checkpoints: Where checkpoints are; they stay there at the end, so that nothing is trained again before the
            model is saved.
        replace: Whether to delete the checkpoint of a training with other settings, rather than to refuse.
        on_dev: Is told what `predict_outputs` or `predict_spans` says about dev after each epoch, before the callbacks
            are told of its end.

    Returns:
        What was done.

    Raises:
        InputError: A recipe that does not fit the model or the data, or checkpoints of another training.
        TrainingError: The loss is no number any more, or a checkpoint cannot be written.
        TrainingInterrupted: Ctrl-C or SIGTERM, after the step in hand was made and saved.
    """
    with only_trainable(model, recipe.trainable), stop_wish() as wish:
        loop = TrainingLoop(model, train, dev, recipe, wish, on_dev)
        loop.begin(checkpoints, callbacks, replace)
        try:
            loop.run()
        except Stopped:
            raise loop.interrupted() from None
        return loop.end()
