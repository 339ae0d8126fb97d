"""Trains a classifier on few labelled rows and on many without labels, which it labels itself."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from bert_keras.data import Encoded, WeakRows, subset
from bert_keras.errors import DataError, InputError
from bert_keras.models import TextClassifier
from bert_keras.training.few_shot import few_shot
from bert_keras.training.logistic_head import PENALTY
from bert_keras.training.loop import Outcome
from bert_keras.training.predict import predict_logits
from bert_keras.training.recipe import Recipe
from bert_keras.training.shared_step import GradientType
from bert_keras.workers import Workers

SURE_SHARE = 0.5
"""The share of the rows without labels that are learned from at most, and of those that are given one label."""
MOST_A_LABEL = 256
"""The largest number of rows without labels that are learned from for a label."""


@dataclasses.dataclass(frozen=True)
class SelfTrained:
    """The result of a training on rows that the model labelled itself.

    Attributes:
        outcome: The result of the second training, with the seconds of both.
        rows: What it learned from.
        before: The outputs of the first model on the development split; `None` without that split.
    """

    outcome: Outcome
    rows: WeakRows
    before: np.ndarray | None


def self_train(
    classifier: TextClassifier,
    train: Encoded,
    unlabelled: Encoded,
    dev: Encoded | None,
    recipe: Recipe,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    first_callbacks: Sequence[keras.callbacks.Callback] = (),
    on_dev: Callable[[Any], object] = lambda outputs: None,
    on_kept: Callable[[WeakRows], object] = lambda rows: None,
    penalty: float = PENALTY,
    workers: Workers | None = None,
    gradient_type: GradientType = "float32",
) -> SelfTrained:
    """Trains a classifier on few rows, lets it label others, and trains it again on both (Yarowsky 1995).

    The surest rows of each label are kept; see `surest_rows`. The second training begins with the same weights as the
    first and is that of `few_shot` too: labelled rows are half of each step or more, and in the fitted head the others
    of a label weigh together as much as its labelled rows. A labelled row keeps its label whatever the model says of
    it, and rows with the text of one are left out.

    Args:
        classifier: The model, which is trained in place.
        train: The training split.
        unlabelled: The rows without labels. None of them should be of the development split.
        dev: As in `few_shot`; nothing is chosen by it.
        recipe: What `few_shot_recipe` returns.
        callbacks: As in `few_shot`, of the second training.
        first_callbacks: As in `few_shot`, of the first training.
        on_dev: As in `few_shot`, of the second training.
        on_kept: A function that receives the rows of the second training before it begins.
        penalty: The penalty of the head; see `fit_logistic`.
        workers: As in `few_shot`.
        gradient_type: As in `fine_tune`.

    Returns:
        The result, the rows that were kept, and what the first model said about the development split.

    Raises:
        InputError: The task is not that of one label a row.
        DataError: No row without a label is left beside those that stand in `train`.
        TrainingInterrupted: The process received Ctrl-C or SIGTERM; nothing is saved.
    """
    check_self_training(classifier)
    others = new_rows(unlabelled, [train])
    start = classifier.get_weights()
    shared: dict[str, Any] = {"penalty": penalty, "workers": workers, "gradient_type": gradient_type}
    before: list[np.ndarray] = []
    first = few_shot(classifier, train, dev, recipe, first_callbacks, on_dev=before.append, **shared)
    logits = predict_logits(classifier, others, recipe.token_budget, workers=workers)
    kept, given = surest_rows(logits)
    if workers is not None:  # worker 0 has the logits of all
        kept, given = (np.array(part, np.int64) for part in workers.told([kept.tolist(), given.tolist()]))
    rows = WeakRows(train, subset(others, kept), given)
    on_kept(rows)
    classifier.set_weights(start)
    outcome = few_shot(classifier, rows, dev, recipe, callbacks, on_dev=on_dev, **shared)
    return SelfTrained(
        dataclasses.replace(outcome, seconds=first.seconds + outcome.seconds), rows, before[0] if before else None
    )


def check_self_training(classifier: TextClassifier) -> None:
    """Checks that a classifier can label rows by itself.

    Raises:
        InputError: Its task is not that of one label a row.
    """
    if classifier.task != "single_label":
        raise InputError(
            "rows without labels are given the one label that is surest, so that self_train is for single_label. "
            f"Received: task {classifier.task}"
        )


def new_rows(unlabelled: Encoded, known: Sequence[Encoded]) -> Encoded:
    """Returns the rows whose texts are not among known rows, each text once.

    Args:
        unlabelled: The rows.
        known: Splits with rows to leave out.

    Returns:
        The rows, in their order.

    Raises:
        DataError: None is left.
    """
    first = np.zeros(len(unlabelled), bool)
    first[np.unique(unlabelled.hashes, return_index=True)[1]] = True
    for split in known:
        first &= ~np.isin(unlabelled.hashes, split.hashes)
    if not first.any():
        count = len(unlabelled)
        raise DataError(
            f"{unlabelled.name}: all of its texts stand in {' or '.join(split.name for split in known)} too, so that "
            f"nothing is left to learn from; name others. Received: {count:,} row{'s' * (count > 1)}"
        )
    return subset(unlabelled, np.flatnonzero(first))


def surest_rows(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chooses the rows of each label that a model is surest of.

    A row is surer the further its highest logit is above the second; no temperature changes that order. Of the rows
    that a label is given the surest half is kept, and of no label more than half of its share if all labels were given
    as often, or than 256.

    Args:
        logits: The logits, `[rows, labels]`.

    Returns:
        The indices of the rows, ascending, and the index of the label of each, both `[kept]` int64.
    """
    count, labels = logits.shape
    given = logits.argmax(axis=1)
    second, highest = np.partition(logits, -2, axis=1)[:, -2:].T
    least_sure = second - highest
    most = min(MOST_A_LABEL, math.ceil(SURE_SHARE * count / labels))
    kept = []
    for label in range(labels):
        own = np.flatnonzero(given == label)
        surest = own[np.argsort(least_sure[own], kind="stable")]
        kept.append(surest[: min(most, math.ceil(SURE_SHARE * len(own)))])
    rows = np.sort(np.concatenate(kept))
    return rows, given[rows]
