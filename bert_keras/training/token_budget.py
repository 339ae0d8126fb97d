"""The default token budget of a device."""

import tensorflow as tf

from bert_keras.training.recipe import Recipe


def usual_token_budget() -> int:
    """Returns a token budget that makes full use of the device; larger batches take memory, but are no faster."""
    return 16384 if tf.config.list_physical_devices("GPU") else Recipe.token_budget
