"""Sets the random seeds of a training."""

from collections.abc import Sequence

import keras
import numpy as np

from bert_keras.models import BertTask


def set_seed(model: BertTask, seed: int) -> None:
    """Sets all random seeds, including those of dropout layers, which these drew when they were built."""
    keras.utils.set_random_seed(seed)
    states = dropout_states(model)
    for state, value in zip(states, _seeds(states, [seed]), strict=True):
        state.assign(value)


def dropout_states(model: keras.Model) -> list[keras.Variable]:
    """Returns the variables from which the dropout layers of a model draw, each `[2]`."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def seeds_of_step(states: Sequence[keras.Variable], seed: int, step: int, rank: int) -> np.ndarray:
    """Returns the values of these variables for a step of a worker, `[states, 2]` uint32.

    Args:
        states: The variables.
        seed: The seed of the training.
        step: The number of steps before it, in all epochs.
        rank: The rank of the worker.
    """
    return _seeds(states, [seed, step, rank])


def _seeds(states: Sequence[keras.Variable], drawn_from: list[int]) -> np.ndarray:
    seeds = np.random.default_rng(drawn_from).integers(2**32, size=len(states), dtype=np.uint32)
    return np.stack([seeds, np.zeros_like(seeds)], axis=1)
