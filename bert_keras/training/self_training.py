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
from bert_keras.training.checkpoint import Checkpoints, Settings
from bert_keras.training.few_shot import few_shot, few_shot_settings
from bert_keras.training.logistic_head import PENALTY
from bert_keras.training.loop import Outcome
from bert_keras.training.predict import predict_logits
from bert_keras.training.recipe import Recipe
from bert_keras.training.saved_state import SavedState
from bert_keras.training.seeds import set_seed
from bert_keras.training.shared_step import GradientType
from bert_keras.training.team import team_of
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
        before: The outputs of the first model on the development split; `None` without that split, and in all workers
            but the first.
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
    checkpoints: Checkpoints | None = None,
    *,
    replace: bool = False,
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

    With checkpoints, a training that was killed or interrupted goes on where it was, in the first or in the second
    training, to the same bits. What the first one said of the rows is kept; once it is, that training is not repeated.

    Args:
        classifier: The model, which is trained in place.
        train: The training split.
        unlabelled: The rows without labels. None of them should be of the development split.
        dev: As in `few_shot`; nothing is chosen by it.
        recipe: What `few_shot_recipe` returns.
        callbacks: As in `few_shot`, of the second training.
        checkpoints: As in `fine_tune`; those of both trainings are parts of them.
        replace: As in `fine_tune`.
        first_callbacks: As in `few_shot`, of the first training.
        on_dev: As in `few_shot`, of the second training.
        on_kept: A function that receives the rows of the second training before it begins.
        penalty: The penalty of the head; see `fit_logistic`.
        workers: As in `few_shot`.
        gradient_type: As in `fine_tune`.

    Returns:
        The result, the rows that were kept, and what the first model said about the development split.

    Raises:
        InputError: The task is not that of one label a row, or the checkpoints are of another training.
        DataError: No row without a label is left beside those that stand in `train`.
        TrainingInterrupted: The process received Ctrl-C or SIGTERM; the current step was finished and saved first.
    """
    check_self_training(classifier)
    others = new_rows(unlabelled, [train])
    set_seed(classifier, recipe.seed)  # whose variables a checkpoint knows the training by
    start = classifier.get_weights()
    shared: dict[str, Any] = {
        "replace": replace,
        "penalty": penalty,
        "workers": workers,
        "gradient_type": gradient_type,
    }
    said = _Said(len(others), dev, len(classifier.labels))
    saved = SavedState(classifier, checkpoints, team_of(workers, gradient_type))
    first, second = (None if checkpoints is None else checkpoints.part(name) for name in ("first", "second"))

    def settings() -> Settings:
        return few_shot_settings(classifier, train, dev, recipe, penalty) | {"the unlabelled data": others.fingerprint}

    def label(on_rows: Callable[[int], object]) -> None:
        said.take(predict_logits(classifier, others, recipe.token_budget, on_rows, workers))

    state = saved.begin(said.variables, settings, replace)
    if not state.finished:
        once = few_shot(
            classifier, train, dev, recipe, first_callbacks, first, on_dev=said.take_dev, then=label, **shared
        )
        state.finished, state.seconds = True, once.seconds
        if checkpoints is not None:
            checkpoints.save(state)
    if first is not None:
        first.delete()
    rows = said.rows(train, others, workers)
    on_kept(rows)
    classifier.set_weights(start)
    outcome = few_shot(classifier, rows, dev, recipe, callbacks, second, on_dev=on_dev, **shared)
    outcome = dataclasses.replace(outcome, seconds=state.seconds + outcome.seconds)
    return SelfTrained(outcome, rows, said.before if workers is None or workers.first else None)


class _Said:
    """What the first model says of the rows without labels, and of the development split.

    Attributes:
        variables: The same, as a checkpoint holds it.
    """

    def __init__(self, rows: int, dev: Encoded | None, labels: int) -> None:
        self._given = _kept("given", np.full([rows], -1, np.int32))  # the label of each row that is kept, or -1
        self.variables = {"given": self._given}
        if dev is not None:
            self.variables["dev"] = _kept("dev", np.zeros([len(dev), labels], np.float32))

    def take_dev(self, outputs: np.ndarray) -> None:
        """Keeps the outputs on the development split."""
        self.variables["dev"].assign(outputs)

    def take(self, logits: np.ndarray) -> None:
        """Keeps the labels of the surest rows, by the logits of all of them."""
        given = np.full([len(logits)], -1, np.int32)
        kept, labels = surest_rows(logits)
        given[kept] = labels
        self._given.assign(given)

    def rows(self, train: Encoded, others: Encoded, workers: Workers | None) -> WeakRows:
        """Returns the rows of the second training, which worker 0 tells the others."""
        given = np.array(keras.ops.convert_to_numpy(self._given))
        if workers is not None:
            given = np.array(workers.told(given.tolist()), np.int32)
        kept = np.flatnonzero(given >= 0)
        return WeakRows(train, subset(others, kept), given[kept])

    @property
    def before(self) -> np.ndarray | None:
        """The outputs on the development split; `None` without that split."""
        dev = self.variables.get("dev")
        return None if dev is None else np.array(keras.ops.convert_to_numpy(dev))


def _kept(name: str, value: np.ndarray) -> keras.Variable:
    return keras.Variable(value, dtype=value.dtype.name, trainable=False, name=name)


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
