"""Out-of-fold probabilities by training the whole model anew for each fold."""

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager

import keras
import numpy as np

from bert_keras.auditing.out_of_fold import Fit
from bert_keras.data import Encoded, subset
from bert_keras.models import TextClassifier
from bert_keras.training import Recipe, fine_tune, predict_outputs


def whole_training(
    load: Callable[[], TextClassifier],
    rows: Encoded,
    recipe: Recipe,
    watched: Callable[[int], AbstractContextManager[keras.callbacks.Callback]],
) -> Fit:
    """Returns a fit that fine-tunes a model.

    Args:
        load: A function that loads the model with a new head.
        rows: The rows, with targets for the labels of the model.
        recipe: The hyperparameters.
        watched: A function that returns a context with the callback of a training, given its number of rows.

    Returns:
        The function; see `out_of_fold.Fit`.
    """

    def fit(learned: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        keras.utils.set_random_seed(recipe.seed)
        model = load()
        with watched(len(learned)) as callback:
            fine_tune(model, subset(rows, learned), None, recipe, [callback])
        found = predict_outputs(model, subset(rows, predicted))
        del model
        gc.collect()  # the next fold has a model of the same size
        return found

    return fit
