"""The training loop over epochs and optimizer steps."""

import contextlib
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from bert_keras.data import Batch
from bert_keras.data.batches import training_steps
from bert_keras.errors import InputError, TrainingError, TrainingInterrupted, WorkerError
from bert_keras.models import BertTask
from bert_keras.models.calibrated_answers import CalibratedAnswers
from bert_keras.runtime.lanes import made_ahead
from bert_keras.training.best_weights import BestWeights
from bert_keras.training.checkpoint import Checkpoints, Settings, named
from bert_keras.training.interruption import StopWish
from bert_keras.training.objective import Objective, losses_of, objective_of, step_budget, step_settings
from bert_keras.training.optimizer import adamw
from bert_keras.training.recipe import Recipe
from bert_keras.training.saved_state import SavedState
from bert_keras.training.seeds import set_seed
from bert_keras.training.state import TrainingState
from bert_keras.training.step import StepFigures
from bert_keras.training.target_scale import ScaledHead
from bert_keras.training.team import Alone
from bert_keras.training.too_large_pass import told_too_large
from bert_keras.training.train_rows import TrainRows
from bert_keras.training.trainable import layer_multipliers


@dataclass(frozen=True)
class Outcome:
    """The result of a training.

    Attributes:
        seconds: The duration, evaluation included; of a resumed training, the total over all its processes.
        steps: The number of optimizer steps.
        examples_per_second: The number of training rows per second.
        history: The losses and metrics by name, each a list with a value per epoch.
        best_epoch: The epoch whose weights the model has, counted from 0; `None` if epochs were not compared, and the
            model has the weights of the last one.
        stop_metric: The development metric that epochs were compared by; `None` if they were not.
        workers: The number of workers.
        bytes_a_step: The number of bytes that each worker sent in an optimizer step, on average.
    """

    seconds: float
    steps: int
    examples_per_second: float
    history: dict[str, list[float]]
    best_epoch: int | None = None
    stop_metric: str | None = None
    workers: int = 1
    bytes_a_step: int = 0


@dataclass(frozen=True)
class _Step:
    """The data of an optimizer step: its index in the epoch, its batches, and its rows and tokens without padding.

    With several workers the batches are those of this one, and rows, tokens and losses those of all; the number of
    losses is told only then.
    """

    place: int
    batches: list[Batch]
    rows: int
    tokens: int
    losses: int | None


class TrainingLoop:
    """The training loop and its state.

    Args:
        model: The model, whose `trainable` flags are already set.
        train: The training split.
        dev: The development split, or `None`; for a span extractor, windowed questions.
        recipe: The hyperparameters.
        wish: The record of requests to stop.
        on_dev: A function that receives the model's outputs on the development split.
        team: This process, or the workers that train together.
    """

    def __init__(
        self,
        model: BertTask,
        train: TrainRows,
        dev: Any,
        recipe: Recipe,
        wish: StopWish,
        on_dev: Callable[[Any], object],
        team: Alone,
    ) -> None:
        self.team = team
        self.model, self.train, self.dev, self.recipe, self.wish, self.on_dev = model, train, dev, recipe, wish, on_dev
        if isinstance(model, CalibratedAnswers):
            model.calibration = None  # that of other weights
        self.objective = objective_of(model, train, recipe)
        self.metric = self.objective.metric
        self.stop_metric = stop_metric_of(recipe, self.objective, dev)
        self.compares = dev is not None and (recipe.patience is not None or recipe.keep == "best")
        self.head = ScaledHead(model, self.objective.scale)
        # The loss of a step is that of standardised targets; it is told in the square of their unit, as on dev.
        self.loss_unit = 1.0 if self.objective.scale is None else self.objective.scale.deviation**2
        set_seed(model, recipe.seed)
        self.steps = recipe.steps_per_epoch(len(train))
        self.optimizer = adamw(
            recipe.learning_rate,
            self.steps * recipe.epochs,
            recipe.warmup_share,
            recipe.weight_decay,
            recipe.clip_norm,
            multipliers=layer_multipliers(model, recipe.layer_decay),
        )
        model.compile(self.optimizer)
        settings = step_settings(self.objective, model, train)
        self.step = team.step(recipe.seed, model, self.optimizer, **settings)

    def begin(
        self, checkpoints: Checkpoints | None, callbacks: Sequence[keras.callbacks.Callback], replace: bool
    ) -> None:
        """Restores the checkpoint, if there is one, and calls `on_train_begin` of the callbacks."""
        self.checkpoints, self.under_way = checkpoints, False
        self.saved = SavedState(self.model, checkpoints, self.team)
        variables = named("model", self.model.variables) | named("optimizer", self.optimizer.variables)
        self.state = self.saved.begin(variables, self._settings, replace)
        self.keeps = bool(self.team.same_figures({"keeps": checkpoints is not None})["keeps"])
        if self.state == TrainingState():
            self.head.begin(self.train)
        else:
            self.head.standardise()
        self.team.same_values([*self.model.variables, *self.optimizer.variables])
        self.best = BestWeights(self.model, checkpoints)
        self.model.stop_training = False
        self.callbacks = keras.callbacks.CallbackList(
            list(callbacks), model=self.model, epochs=self.recipe.epochs, steps=self.steps, verbose=0
        )
        with self.head.in_unit():
            self.callbacks.on_train_begin()

    def run(self) -> None:
        """Trains until the last epoch, or until early stopping or a callback ends the training."""
        self.under_way = True
        while not self.state.finished:
            epoch = self.state.epoch
            with self.head.in_unit():
                self.callbacks.on_epoch_begin(epoch)
            with contextlib.closing(self._steps(epoch)) as steps:
                for step in steps:
                    self._train_on(step)
                    self.team.check(self.wish, self.model)
                    if self.model.stop_training:
                        break
                    self.saved.save_if_due()
            self._end_epoch(epoch)
        self.under_way = False

    def _steps(self, epoch: int) -> Generator[_Step]:
        """Yields the steps of an epoch that are left."""
        plan = training_steps(
            self.train.lengths,
            self.recipe.batch_size,
            step_budget(self.objective, self.recipe),
            self.recipe.seed,
            epoch,
            self.team.share,
        )

        train = self.train.in_epoch(self.recipe.seed, epoch)

        def make(place: int) -> _Step:
            rows = plan.rows(place)
            tokens = int(self.train.lengths[rows].sum())
            losses = None if self.team.workers is None else losses_of(self.objective, train, rows)
            return _Step(place, [train.batch(of_pass) for of_pass in plan[place]], len(rows), tokens, losses)

        return made_ahead(make, range(self.state.step, len(plan)))

    def _train_on(self, step: _Step) -> None:
        self.callbacks.on_train_batch_begin(step.place)
        try:
            figures = self.step(step.batches, step.losses)
        except tf.errors.ResourceExhaustedError as error:
            what = told_too_large(step.batches, self.recipe, self.objective.together)
            place = f"epoch {self.state.epoch + 1}, step {self.state.step + 1} of {self.steps}"
            raise TrainingError(f"{place}: {what}, with --overwrite true to begin anew") from error
        self._check(figures)
        self.state.add_step(step.rows, figures.loss, figures.counts)
        self.callbacks.on_train_batch_end(step.place, self._logs(figures, step))

    def _check(self, figures: StepFigures) -> None:
        if math.isfinite(figures.loss) and math.isfinite(figures.gradient_norm):
            return
        kept = "" if self.checkpoints is None else f", and --overwrite true to begin anew; {self.checkpoints.last_good}"
        raise TrainingError(
            f"epoch {self.state.epoch + 1}, step {self.state.step + 1} of {self.steps}: the loss is {figures.loss}, "
            f"the norm of its gradients {figures.gradient_norm}, at a learning rate of {figures.learning_rate:.2g}. "
            f"Try a lower learning rate, a longer warm-up, or float32 if it is bfloat16{kept}"
        )

    def _logs(self, figures: StepFigures, step: _Step) -> dict[str, float]:
        return {
            "loss": self.loss_unit * figures.loss,
            self.metric.name: self.metric.value(figures.counts),
            "gradient_norm": figures.gradient_norm,
            "learning_rate": figures.learning_rate,
            "rows": step.rows,
            "tokens": step.tokens,
        }

    def _end_epoch(self, epoch: int) -> None:
        rows = min(len(self.train), self.state.step * self.recipe.batch_size)
        loss = self.loss_unit * self.state.loss / rows
        figures = {"loss": loss, self.metric.name: self.metric.value(self.state.counts)}
        if self.dev is not None:
            with self.head.in_unit():
                figures |= self._measured(self.dev)
        self.state.end_epoch(figures)
        if self.compares:
            self._compare(epoch, figures[f"val_{self.stop_metric}"], figures.get("val_loss"))
        # Saved before the callbacks, which draw pictures: whatever becomes of these, the epoch is not lost.
        self._finish_epoch()
        with self.head.in_unit():
            self.callbacks.on_epoch_end(epoch, figures)
        self.team.agree(self.model)
        if self.model.stop_training and not self.state.finished:
            self._finish_epoch()
        if not self.state.finished or self.keeps:
            self.team.check(self.wish, self.model)

    def _finish_epoch(self) -> None:
        self.state.finished = self.state.epoch == self.recipe.epochs or bool(self.model.stop_training)
        self.saved.save()

    def _measured(self, dev: Any) -> dict[str, float]:
        """Evaluates the development split; returns the metrics that the objective shows and the stop metric."""
        self.callbacks.on_test_begin()
        on_rows = self.team.while_measuring(self.wish)
        outputs, scores = self.objective.measure(dev, self.recipe.token_budget, on_rows, self.team.workers)
        names = dict.fromkeys((*self.objective.shown, self.stop_metric)) if self.team.first else ()
        shown = self.team.same_figures({name: scores[name] for name in names})
        self.team.end_measuring(self.wish, self.model)
        if self.team.first:
            self.on_dev(outputs)
        self.callbacks.on_test_end(shown)
        return {f"val_{name}": value for name, value in shown.items()}

    def _compare(self, epoch: int, value: float, loss: float | None) -> None:
        best, patience = self.state.best, self.recipe.patience
        if best.take(epoch, self.stop_metric, value, loss):
            last = epoch + 1 == self.recipe.epochs
            # The last epoch's weights are those that the model has, and only worker 0 restores the best ones.
            if self.recipe.keep == "best" and not last and self.team.first:
                self.best.keep(epoch)
        if patience is not None and best.waited > 0 and best.waited >= patience:
            self.model.stop_training = True

    def _settings(self) -> Settings:
        """Returns what determines the result beside the weights to start from, by names that users know."""
        return self.recipe.settings() | {
            **self.objective.settings,
            "precision": self.model.backbone.dtype_policy.name,
            "the training data": self.train.fingerprint,
            "the dev data": None if self.dev is None else self.dev.fingerprint,
        }

    @property
    def _place(self) -> str:
        return f"epoch {self.state.epoch + 1}, step {self.state.step} of {self.steps}"

    def interrupted(self) -> TrainingInterrupted:
        """Saves a checkpoint, and returns the exception to raise."""
        error = self.saved.interrupted("after the last epoch" if self.state.finished else f"at {self._place}")
        self.head.end()
        self.callbacks.on_train_end()
        return error

    def left_alone(self, error: WorkerError) -> WorkerError:
        """Saves a checkpoint if all steps so far are whole, and returns the exception to raise."""
        return self.saved.left_alone(error, self._place) if self.under_way else error

    def end(self) -> Outcome:
        """Restores the best weights, and returns the result of the training."""
        kept = self.state.best.epoch if self.recipe.keep == "best" else None
        if kept is not None and kept + 1 < self.state.epoch:
            if self.team.first:
                self.best.restore(kept)
            self.team.same_values(self.model.variables)
        self.head.end()
        self.callbacks.on_train_end()
        steps = int(keras.ops.convert_to_numpy(self.optimizer.iterations))
        speed = self.state.rows / self.state.seconds
        compared_by = None if kept is None else self.stop_metric
        workers, sent = self.team.share[1], self.team.bytes_a_step
        return Outcome(self.state.seconds, steps, speed, self.state.history, kept, compared_by, workers, sent)


def stop_metric_of(recipe: Recipe, objective: Objective, dev: Any) -> str:
    """Returns the metric on the development split that decides which epoch is the best.

    Args:
        recipe: The hyperparameters.
        objective: The objective of the training.
        dev: The development split, or `None`.

    Returns:
        The metric's name.

    Raises:
        InputError: The task has no such metric, or epochs are compared and there is no development split.
    """
    known = objective.stop_metrics
    name = recipe.stop_metric or known[0]
    if name not in known:
        raise InputError(f"stop_metric must be one of {', '.join(known)}. Received: {name!r}")
    if recipe.patience is not None and dev is None:
        raise InputError(
            f"patience counts epochs without a better {name} on dev, and there are no dev rows; name some, or leave it "
            "out"
        )
    return name
