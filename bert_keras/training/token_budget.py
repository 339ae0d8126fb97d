"""How many tokens go through a model together where nothing is said."""

import tensorflow as tf

from bert_keras.training.recipe import Recipe


def usual_token_budget() -> int:
    """A budget that fills the device at hand: more tokens at once make a processor no faster, only its memory fuller."""
    return 16384 if tf.config.list_physical_devices("GPU") else Recipe.token_budget
