"""Estimates the duration of a training."""

import time

import numpy as np

from bert_keras.data.batches import training_steps
from bert_keras.models import BertTask
from bert_keras.training.objective import objective_of, step_budget, step_of
from bert_keras.training.optimizer import adamw
from bert_keras.training.recipe import Recipe
from bert_keras.training.train_rows import TrainRows
from bert_keras.training.trainable import only_trainable

_WARM_UP = 2
_TIMED = 8


def expected_seconds(model: BertTask, train: TrainRows, recipe: Recipe) -> float:
    """Estimates the duration of a training by timing some steps at a learning rate of almost zero.

    Args:
        model: The model. It must not be used afterwards.
        train: The training split.
        recipe: The hyperparameters.

    Returns:
        The expected seconds for all epochs, without evaluation on the development split.
    """
    with only_trainable(model, recipe.trainable):
        objective = objective_of(model, train, recipe)
        plan = training_steps(train.lengths, recipe.batch_size, step_budget(objective, recipe), recipe.seed, 0)
        step = step_of(objective, model, train, adamw(1e-30, 1000))
        for number in np.linspace(0, len(plan) - 1, _WARM_UP).astype(int):
            step([train.batch(rows) for rows in plan[number]])
        # The timed steps are quantiles of all steps by number of tokens, so that they represent the whole epoch.
        tokens = [sum(train.lengths[rows].max() * len(rows) for rows in plan[number]) for number in range(len(plan))]
        chosen = np.argsort(tokens)[((np.arange(_TIMED) + 0.5) / _TIMED * len(plan)).astype(int)]
        begin = time.perf_counter()
        for number in chosen:
            step([train.batch(rows) for rows in plan[number]])
    return (time.perf_counter() - begin) / _TIMED * len(plan) * recipe.epochs
