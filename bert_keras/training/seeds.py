"""Sets all random seeds of a training."""

import keras
import numpy as np

from bert_keras.models import BertTask


def set_seed(model: BertTask, seed: int) -> None:
    """Sets all random seeds, including those of dropout layers, which these drew when they were built."""
    keras.utils.set_random_seed(seed)
    states = [variable for variable in model.variables if variable.name == "seed_generator_state"]
    seeds = np.random.default_rng(seed).integers(2**32, size=len(states), dtype=np.uint32)
    for state, value in zip(states, seeds, strict=True):
        state.assign(np.array([value, 0], np.uint32))
