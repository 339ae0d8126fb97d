"""Trains a model of any task."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from bert_keras.data import Encoded, MaskedRows, PairRows, TextGroups, WindowedQuestions, WindowedTexts
from bert_keras.errors import WorkerError
from bert_keras.models import BertTask
from bert_keras.runtime.gpu import compute_deterministically
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.interruption import Stopped, stop_wish
from bert_keras.training.loop import Outcome, TrainingLoop, stop_metric_of
from bert_keras.training.objective import objective_of
from bert_keras.training.recipe import Recipe
from bert_keras.training.shared_step import GradientType
from bert_keras.training.team import team_of
from bert_keras.training.train_rows import TrainRows
from bert_keras.training.trainable import only_trainable
from bert_keras.workers import Workers


def fine_tune(
    model: BertTask,
    train: TrainRows,
    dev: Encoded | WindowedQuestions | WindowedTexts | TextGroups | MaskedRows | PairRows | None,
    recipe: Recipe,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: Checkpoints | None = None,
    *,
    replace: bool = False,
    on_dev: Callable[[Any], object] = lambda outputs: None,
    workers: Workers | None = None,
    gradient_type: GradientType = "float32",
) -> Outcome:
    """Trains a classifier, a span extractor, a token classifier, a text encoder or a masked language model.

    With checkpoints, a training that was killed or interrupted resumes from the last one when it is called again with
    the same arguments, and ends with the same weights, bit for bit, on the same machine and software.

    The targets of a regression are standardised by the mean and the deviation of the training split, and both are
    folded into the model's last dense layer at the end, so that the model answers in the targets' own unit. Callbacks
    find it in that unit too, except those that are called within an epoch (`on_train_batch_…`), when its outputs are
    standardised.

    Args:
        model: The model, which is trained in place.
        train: The training split; for a span extractor, the rows of `WindowedQuestions.to_train`; for a token
            classifier those of `WindowedTexts`; for a text encoder groups of texts; for a masked language model masked
            rows, or rows of pairs.
        dev: The development split, which is evaluated after each epoch; for a span extractor, windowed questions; for a
            token classifier, windowed texts.
        recipe: The hyperparameters.
        callbacks: Keras callbacks, e.g. for progress. The logs of a step are `loss`, the task's metric,
            `gradient_norm`, `learning_rate`, `rows` and `tokens`; those of an epoch are its `loss` and metric, and
            those of the development split as `val_...`. A callback can end the training by setting the model's
            `stop_training`. The state of callbacks is not kept through a kill.
        checkpoints: The checkpoints; they are not deleted at the end, so that no training is lost before the model is
            saved.
        replace: Whether to delete the checkpoint of a training with other settings, rather than raising an error.
        on_dev: A function that receives the result of `predict_outputs`, `predict_spans`, `predict_tags`,
            `group_results` or `masked_results` on the development split after each epoch, before `on_epoch_end` of the
            callbacks.
        workers: The workers that train together, each of which calls this function with the same arguments; callbacks,
            checkpoints and `on_dev` only matter in worker 0. Each step's rows are shared out; the result is that of one
            process, but for rounding and the random numbers of dropout, and the model of each worker has it at the end.
            Another number of workers can go on from the checkpoint.
        gradient_type: The format in which workers send dense gradients, which are added in float32.

    Returns:
        The duration, the number of steps, the speed and the history of the training.

    Raises:
        InputError: The recipe does not fit the model or the data, or the checkpoints are of another training.
        DataError: The targets are numbers that are all equal.
        TrainingError: The loss is not finite, or a checkpoint cannot be written.
        WorkerError: Another worker is gone, frozen, or ended because of an error; worker 0 has saved its state.
        TrainingInterrupted: The process received Ctrl-C or SIGTERM; the current step was finished and saved first.
    """
    if recipe.deterministic:
        compute_deterministically()
    team = team_of(workers, gradient_type)
    with only_trainable(model, recipe.trainable), stop_wish() as wish:
        loop = TrainingLoop(model, train, dev, recipe, wish, on_dev, team)
        try:
            loop.begin(checkpoints, callbacks, replace)
            loop.run()
            return loop.end()
        except Stopped:
            raise loop.interrupted() from None
        except WorkerError as error:
            raise loop.left_alone(error) from error
        finally:
            loop.head.end()  # an error leaves no model whose numbers have lost their unit


def check_training(
    model: BertTask,
    train: TrainRows,
    dev: Encoded | WindowedQuestions | WindowedTexts | TextGroups | MaskedRows | PairRows | None,
    recipe: Recipe,
) -> str:
    """Checks that a recipe fits a model and its data, before anything is written.

    Args:
        model: The model.
        train: The training split.
        dev: The development split.
        recipe: The hyperparameters.

    Returns:
        The metric on the development split that epochs are compared by.

    Raises:
        InputError: The recipe does not fit the model or the data.
        DataError: The targets are numbers that are all equal.
    """
    with only_trainable(model, recipe.trainable):
        return stop_metric_of(recipe, objective_of(model, train, recipe), dev)
