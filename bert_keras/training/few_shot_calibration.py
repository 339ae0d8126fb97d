"""How sure a classifier on few rows may be, from training rows that a training on the others has not seen."""

import dataclasses

import numpy as np

from bert_keras import evaluation
from bert_keras.classification import Calibration
from bert_keras.data import Encoded, subset
from bert_keras.models import TextClassifier
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.few_shot import few_shot
from bert_keras.training.logistic_head import PENALTY
from bert_keras.training.predict import predict_logits
from bert_keras.training.recipe import Recipe
from bert_keras.training.self_training import new_rows, self_train

FEWEST_HELD_OUT = 8
"""The number of rows from which a temperature is fitted on them."""


def few_shot_calibration(
    fresh: TextClassifier,
    train: Encoded,
    recipe: Recipe,
    unlabelled: Encoded | None = None,
    checkpoints: Checkpoints | None = None,
    *,
    replace: bool = False,
) -> Calibration | None:
    """Fits the temperature of a classifier that `few_shot` trains, without rows beside those that it trains on.

    The rows that it was trained on tell nothing about how sure it may be: the contrast has brought those of a label
    together. So the training is done once more on half of the rows of each label, with half the penalty, which makes
    logits of the same size; and the temperature is that of the other half. Its targets are smoothed by one part in the
    number of rows and two (Platt 1999, section 2.2), for a handful of rows may all be right.

    Args:
        fresh: A classifier as it is before the training, which is trained in place.
        train: The rows that the other one is trained on.
        recipe: The recipe of that training.
        unlabelled: The rows without labels of that training, if it is `self_train`.
        checkpoints: As in `fine_tune`.
        replace: As in `fine_tune`.

    Returns:
        The calibration; `None` for several labels a text, if fewer than 8 rows can be held out, since each label keeps
        two rows to learn from, or if they speak for answers that are less sure yet: half of the rows teach less than
        all of them, and a head that is fitted with a penalty on few rows is not too sure.
    """
    learned, held_out = _halves(train, recipe.seed) if fresh.task == "single_label" else (np.zeros(0), np.zeros(0))
    if len(held_out) < FEWEST_HELD_OUT:
        return None
    penalty, half = PENALTY * len(learned) / len(train), subset(train, learned)
    if unlabelled is None:
        recipe = dataclasses.replace(recipe, batch_size=min(recipe.batch_size, len(learned)))
        few_shot(fresh, half, None, recipe, (), checkpoints, penalty=penalty, replace=replace)
    else:
        others = new_rows(unlabelled, [train])
        self_train(fresh, half, others, None, recipe, (), checkpoints, penalty=penalty, replace=replace)
    rows = subset(train, held_out)
    logits = predict_logits(fresh, rows, recipe.token_budget)
    temperature = evaluation.fit_temperature(rows.targets, logits, 1 / (len(rows) + 2))
    return Calibration(len(rows), temperature) if temperature < 1 else None


def _halves(train: Encoded, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divides the rows of each label at random; the first part has half of them, rounded up, or two if that is more."""
    order = np.random.default_rng(seed).permutation(len(train))
    labels = train.targets[order]
    learned = np.zeros(len(train), bool)
    for label in np.unique(labels):
        of = order[labels == label]
        learned[of[: max(2, (len(of) + 1) // 2)]] = True
    return np.flatnonzero(learned), np.flatnonzero(~learned)
