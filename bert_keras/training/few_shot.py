"""Trains a classifier on few labelled rows: the encoder by contrast, then a head that is fitted exactly."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import evaluation
from bert_keras.data import Encoded, WeakRows
from bert_keras.errors import InputError, TrainingError, TrainingInterrupted, WorkerError
from bert_keras.models import TextClassifier
from bert_keras.runtime.gpu import compute_deterministically
from bert_keras.text import MOST_ROWS, passes_by_length
from bert_keras.training.checkpoint import Checkpoints, Settings, named
from bert_keras.training.contrast_batches import contrast_batches, weak_contrast_batches
from bert_keras.training.contrast_parts import contrast_parts
from bert_keras.training.interruption import Stopped, StopWish, stop_wish
from bert_keras.training.label_contrast import label_contrast
from bert_keras.training.logistic_head import PENALTY, fit_logistic
from bert_keras.training.loop import Outcome
from bert_keras.training.optimizer import adamw
from bert_keras.training.predict import predict_outputs
from bert_keras.training.recipe import Recipe
from bert_keras.training.saved_state import SavedState
from bert_keras.training.seeds import set_seed
from bert_keras.training.shared_passes import collect, share_of
from bert_keras.training.shared_step import GradientType
from bert_keras.training.step import INPUTS, StepFigures
from bert_keras.training.task_metric import TaskMetric, task_metric
from bert_keras.training.team import Alone, team_of
from bert_keras.training.trainable import layer_multipliers, only_trainable
from bert_keras.workers import Workers

PASSES = 20
"""How many times the contrast sees each row."""
BATCH_SIZE = 64
"""The largest number of rows that are compared with each other in a step."""
_MOST_TOKENS = 16384  # of a step, padding included: all its rows are in memory at once
_FEWEST_ROWS = 8
_NO_METRIC = TaskMetric("", (), lambda targets, vectors: tf.zeros([0]), math.fsum)  # the contrast has its loss alone


def few_shot_recipe(train: Encoded, recipe: Recipe, unlabelled: Encoded | None = None) -> Recipe:
    """Returns the recipe of `few_shot`: passes, batch size and learning rate of the contrast in place of the given.

    Args:
        train: The training split.
        recipe: The recipe of a plain training, of which seed, `trainable` and the optimizer's settings are kept.
        unlabelled: The rows without labels, of `self_train`.

    Returns:
        The recipe.
    """
    splits = [train] if unlabelled is None else [train, unlabelled]
    fitting = max(_FEWEST_ROWS, _MOST_TOKENS // max(int(split.lengths.max()) for split in splits))
    return Recipe(
        epochs=PASSES,
        batch_size=min(BATCH_SIZE, fitting, sum(map(len, splits))),
        learning_rate=recipe.learning_rate,
        token_budget=recipe.token_budget,
        trainable=recipe.trainable,
        keep="last",
        seed=recipe.seed,
        deterministic=recipe.deterministic,
    )


def few_shot(
    classifier: TextClassifier,
    train: Encoded | WeakRows,
    dev: Encoded | None,
    recipe: Recipe,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: Checkpoints | None = None,
    *,
    replace: bool = False,
    on_dev: Callable[[Any], object] = lambda outputs: None,
    then: Callable[[Callable[[int], object]], object] | None = None,
    penalty: float = PENALTY,
    workers: Workers | None = None,
    gradient_type: GradientType = "float32",
) -> Outcome:
    """Trains a classifier on few rows, in two steps (Tunstall et al. 2022, section 3).

    First the encoder learns by the contrast of the rows, which brings those of a label together and others apart, see
    `label_contrast`. Then the vectors of all rows are computed once, and the head is the logistic regression on them;
    see `fit_logistic`. It is meant for a classifier that reads the mean of the tokens, `pooling="unit_mean"`, over a
    sentence encoder.

    With checkpoints, a training that was killed or interrupted goes on from the last step of the contrast that was
    saved, as `fine_tune` does, to the same bits. What is shorter than the time between two checkpoints writes none,
    unless it is interrupted; the head and the scores of dev are always computed anew.

    Args:
        classifier: The model, which is trained in place.
        train: The training split, which may have rows with labels that a model gave them; see `self_train`.
        dev: The development split, which is evaluated once at the end.
        recipe: What `few_shot_recipe` returns. With `trainable` "head" there is no contrast.
        callbacks: Keras callbacks, for which the training is one epoch. The logs of a step are `loss`,
            `gradient_norm`, `learning_rate`, `rows` and `tokens`; those of the epoch are the mean `loss` of the
            contrast, and the loss and the metric of the development split as `val_...`.
        checkpoints: As in `fine_tune`.
        replace: As in `fine_tune`.
        on_dev: A function that receives the result of `predict_outputs` on the development split.
        then: A function that is called at the end, while a request to stop still saves what was learned. It receives a
            function to be called with the number of rows of each batch that it computes, which ends it then.
        penalty: The penalty of the head; see `fit_logistic`.
        workers: As in `fine_tune`; each step's rows are shared out, and compared with those of all workers.
        gradient_type: As in `fine_tune`.

    Returns:
        The duration, the number of steps, the speed and the history of the training.

    Raises:
        InputError: The task is a regression, the recipe does not fit the model, or the checkpoints are of another
            training.
        TrainingError: A loss or a vector is not finite, or a checkpoint cannot be written.
        WorkerError: Another worker is gone, frozen, or ended because of an error; worker 0 has saved its state.
        TrainingInterrupted: The process received Ctrl-C or SIGTERM; the current step was finished and saved first.
    """
    check_few_shot(classifier)
    if recipe.deterministic:
        compute_deterministically()
    team = team_of(workers, gradient_type)
    with only_trainable(classifier, recipe.trainable), stop_wish() as wish:
        training = _FewShot(classifier, train, recipe, wish, callbacks, penalty, team)
        try:
            training.begin(dev, checkpoints, replace)
            return training.run(dev, on_dev, then)
        except Stopped:
            raise training.interrupted() from None
        except WorkerError as error:
            raise training.left_alone(error) from error


def few_shot_settings(
    classifier: TextClassifier, train: Encoded | WeakRows, dev: Encoded | None, recipe: Recipe, penalty: float
) -> Settings:
    """Returns what determines the result of `few_shot` beside the weights to start from, by names that users know."""
    return recipe.settings() | {
        "few_shot": True,
        "penalty": penalty,
        "labels": list(classifier.labels),
        "precision": classifier.backbone.dtype_policy.name,
        "the training data": train.fingerprint,
        "the dev data": None if dev is None else dev.fingerprint,
    }


def check_few_shot(classifier: TextClassifier) -> None:
    """Checks that a classifier has labels to contrast.

    Raises:
        InputError: The task is a regression.
    """
    if classifier.task == "regression":
        raise InputError(
            "few_shot contrasts rows of different labels, and a regression has numbers; leave few_shot out. Received: "
            "task regression"
        )


class _FewShot:
    """A training on few rows and its state."""

    def __init__(
        self,
        classifier: TextClassifier,
        train: Encoded | WeakRows,
        recipe: Recipe,
        wish: StopWish,
        callbacks: Sequence[keras.callbacks.Callback],
        penalty: float,
        team: Alone,
    ) -> None:
        self.classifier, self.train, self.recipe, self.wish = classifier, train, recipe, wish
        self.penalty, self.team, self.under_way = penalty, team, False
        classifier.calibration = None  # that of other weights
        set_seed(classifier, recipe.seed)
        self.targets = train.targets
        self.vectors = vector_model(classifier)
        learning = self.vectors.trainable_variables
        self.batches = _batches(train, recipe) if learning else []
        self.optimizer = adamw(
            recipe.learning_rate,
            max(1, len(self.batches)),
            recipe.warmup_share,
            recipe.weight_decay,
            recipe.clip_norm,
            multipliers=layer_multipliers(classifier, recipe.layer_decay),
        )
        self.optimizer.build(learning or classifier.trainable_variables)
        classifier.compile(self.optimizer)
        compared = {"together": True, "parts": self._parts()}
        settings = (label_contrast, _NO_METRIC, self.targets[:1])
        self.step = team.step(recipe.seed, self.vectors, self.optimizer, *settings, **compared)
        self.callbacks = keras.callbacks.CallbackList(
            list(callbacks), model=classifier, epochs=1, steps=len(self.batches), verbose=0
        )

    def begin(self, dev: Encoded | None, checkpoints: Checkpoints | None, replace: bool) -> None:
        """Restores the checkpoint, if there is one, and calls `on_train_begin` of the callbacks."""
        self.saved = SavedState(self.classifier, checkpoints, self.team)
        variables = named("model", self.classifier.variables) | named("optimizer", self.optimizer.variables)
        self.state = self.saved.begin(variables, lambda: self._settings(dev), replace)
        self.team.same_values([*self.classifier.variables, *self.optimizer.variables])
        self.under_way = True
        self.classifier.stop_training = False
        self.callbacks.on_train_begin()

    def run(
        self,
        dev: Encoded | None,
        on_dev: Callable[[Any], object],
        then: Callable[[Callable[[int], object]], object] | None,
    ) -> Outcome:
        """Trains the encoder, fits the head, and evaluates the development split."""
        self.callbacks.on_epoch_begin(0)
        if not self.state.finished:
            self._contrast()
            self.state.finished = True
            self.saved.save_at_end()
        self._fit_head()
        seconds = self.saved.seconds
        figures = {"loss": self.state.loss / self.state.rows} if self.state.rows else {}
        if dev is not None:
            figures |= self._measured(dev, on_dev)
        self.callbacks.on_epoch_end(0, figures)
        if then is not None:
            then(self.team.while_measuring(self.wish))
            self.team.end_measuring(self.wish, self.classifier)
        self.callbacks.on_train_end()
        history = {name: [value] for name, value in figures.items()}
        workers, sent = self.team.share[1], self.team.bytes_a_step
        speed = (self.state.rows or len(self.train)) / seconds
        return Outcome(self.saved.seconds, self.state.step, speed, history, workers=workers, bytes_a_step=sent)

    def _settings(self, dev: Encoded | None) -> Settings:
        """Returns what determines the result beside the weights to start from, by names that users know."""
        return few_shot_settings(self.classifier, self.train, dev, self.recipe, self.penalty)

    @property
    def _place(self) -> str:
        return f"step {self.state.step} of {len(self.batches)} of the contrast"

    def interrupted(self) -> TrainingInterrupted:
        """Saves a checkpoint, and returns the exception to raise."""
        error = self.saved.interrupted("after the last step" if self.state.finished else f"at {self._place}")
        self.callbacks.on_train_end()
        return error

    def left_alone(self, error: WorkerError) -> WorkerError:
        """Saves a checkpoint if all steps so far are whole, and returns the exception to raise."""
        return self.saved.left_alone(error, self._place) if self.under_way else error

    def _contrast(self) -> None:
        """Trains the encoder by the steps that are left."""
        for place, rows in enumerate(self.batches[self.state.step :], self.state.step):
            self.callbacks.on_train_batch_begin(place)
            mine = self._share(rows)
            figures = self.step([self.train.batch(mine)] if len(mine) else [], len(rows))
            self._check(figures, place)
            self.state.add_step(len(rows), figures.loss, [])
            logs = {"loss": figures.loss, "gradient_norm": figures.gradient_norm}
            logs |= {"learning_rate": figures.learning_rate, "rows": len(rows)}
            self.callbacks.on_train_batch_end(place, logs | {"tokens": int(self.train.lengths[rows].sum())})
            self.team.check(self.wish, self.classifier)
            if self.classifier.stop_training or self.state.step == len(self.batches):
                break
            self.saved.save_if_due()

    def _parts(self) -> int:
        """Returns the number of parts that the texts of a step are run in."""
        texts = max(map(len, self.batches), default=1)
        return contrast_parts(self.train.lengths, texts // self.team.share[1], len(self.batches))

    def _share(self, rows: np.ndarray) -> np.ndarray:
        """Returns the rows of a step that are this worker's, of all lengths."""
        rank, count = self.team.share
        return rows[np.argsort(self.train.lengths[rows], kind="stable")][rank::count]

    def _check(self, figures: StepFigures, place: int) -> None:
        if math.isfinite(figures.loss) and math.isfinite(figures.gradient_norm):
            return
        kept = self.saved.checkpoints
        anew = "" if kept is None else f", with --overwrite true to begin anew; {kept.last_good}"
        raise TrainingError(
            f"step {place + 1} of {len(self.batches)} of the contrast: the loss is {figures.loss}, the norm of its "
            f"gradients {figures.gradient_norm}, at a learning rate of {figures.learning_rate:.2g}. Try float32 if it "
            f"is bfloat16, or a lower learning rate{anew}"
        )

    def _fit_head(self) -> None:
        """Fits the dense layer of the head on the vectors of all rows."""
        found = np.empty([len(self.train), self.classifier.backbone.hidden_dim], np.float32)
        run = tf.function(
            lambda inputs: self.vectors(inputs, training=False), input_signature=[INPUTS], autograph=False
        )
        passes = passes_by_length(self.train.lengths, self.recipe.token_budget, MOST_ROWS)
        on_rows = self.team.while_measuring(self.wish)
        for rows in share_of(passes, self.team.workers):
            found[rows] = tf.cast(run(self.train.batch(rows)[0]), tf.float32).numpy()
            on_rows(len(rows))
        if self.team.workers is not None:
            collect(found, passes, self.team.workers)
        if self.team.first:
            weights = self.train.weights if isinstance(self.train, WeakRows) else None
            fitted = fit_logistic(found, self.targets, len(self.classifier.labels), self.penalty, weights)
            self.classifier.output_dense.set_weights(fitted)
        self.team.same_values(self.classifier.output_dense.variables)
        self.team.end_measuring(self.wish, self.classifier)

    def _measured(self, dev: Encoded, on_dev: Callable[[Any], object]) -> dict[str, float]:
        """Evaluates the development split."""
        self.callbacks.on_test_begin()
        on_rows = self.team.while_measuring(self.wish)
        outputs = predict_outputs(self.classifier, dev, self.recipe.token_budget, on_rows, self.team.workers)
        figures: dict[str, float] = {}
        if self.team.first:
            scores = evaluation.scores(self.classifier.task, dev.targets, outputs, self.classifier.labels)
            on_dev(outputs)
            figures = {name: scores[name] for name in ("loss", task_metric(self.classifier.task).name)}
        figures = self.team.same_figures(figures)
        self.team.end_measuring(self.wish, self.classifier)
        self.callbacks.on_test_end(figures)
        return {f"val_{name}": value for name, value in figures.items()}


def _batches(train: Encoded | WeakRows, recipe: Recipe) -> list[np.ndarray]:
    """Plans the batches of the contrast."""
    plan = recipe.batch_size, recipe.epochs, recipe.seed
    if isinstance(train, WeakRows):
        return weak_contrast_batches(train.targets, len(train.labelled), *plan)
    return contrast_batches(train.targets, *plan)


def vector_model(classifier: TextClassifier) -> keras.Model:
    """Returns the part of a classifier below its head: from inputs to the vectors that the dense layer reads."""
    return keras.Model(classifier.input, classifier.output_dropout.input)
