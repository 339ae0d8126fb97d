"""A training of a search: trained and scored on dev, neither exported nor kept."""

import gc
import importlib
from dataclasses import dataclass, field
from typing import Any

import keras
import optuna

from bert_keras import evaluation, training

from ..training.config import TrainingConfig, recipe_of
from ..training.data import TrainingData
from .config import TRAININGS


def sign_of(metric: str) -> float:
    """Returns what a metric is multiplied with to be better if higher, as the study keeps it."""
    return -1.0 if metric in evaluation.LOWER_IS_BETTER else 1.0


@dataclass
class Scored:
    """What a trial came to.

    Attributes:
        metric: The metric on dev.
        values: The metric after each epoch.
        pruned: Whether the training was stopped early.
    """

    metric: str
    values: list[float] = field(default_factory=list)
    pruned: bool = False

    @property
    def kept(self) -> float:
        """The metric of the best epoch, times its sign: what the study maximises."""
        return max(sign_of(self.metric) * value for value in self.values)


def run_trial(trial: optuna.Trial, program: str, config: TrainingConfig, show: bool) -> Scored:
    """Trains and scores on dev after each epoch.

    Args:
        trial: The trial, which may stop the training.
        program: The name of the training's program.
        config: The options of the training.
        show: Whether to print what the data are.

    Returns:
        The score.

    Raises:
        InputError: The options do not fit the data or the model.
        TrainingError: The loss is not finite.
        TrainingInterrupted: The process was told to stop.
    """
    module = importlib.import_module(f"..{program}.data", __package__)
    data: TrainingData = getattr(module, TRAININGS[program])(config)
    if show:
        data.show()
    recipe = data.recipe(recipe_of(config, training.usual_token_budget()))
    watch = _Watch(trial, training.check_training(data.model, data.train, data.dev, recipe))
    with data.progress(recipe) as bar:
        data.fit(recipe, [bar, watch], None, lambda outputs: None)
    del data
    keras.backend.clear_session()  # the graphs of a model that is not kept
    gc.collect()
    return watch.scored


class _Watch(keras.callbacks.Callback):
    """Tells the study the metric after each epoch, and ends a training that the study prunes."""

    def __init__(self, trial: optuna.Trial, metric: str) -> None:
        super().__init__()
        self._trial, self.scored = trial, Scored(metric)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = float((logs or {})[f"val_{self.scored.metric}"])
        self.scored.values.append(value)
        self._trial.report(sign_of(self.scored.metric) * value, epoch)
        if epoch + 1 < self.params["epochs"] and self._trial.should_prune():
            self.scored.pruned = True
            self.model.stop_training = True
