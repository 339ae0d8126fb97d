"""A training from data to export, whatever the model is to learn: the same lock, resume, progress, files and last lines for all."""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np

from bert_keras import serving, training
from bert_keras.insight.attention_callback import AttentionProbes
from bert_keras.insight.projector_callback import MOST_ROWS, ProjectorSteps
from bert_keras.models import BertTask

from ..check.tables import show_check
from ..console.consoles import console
from ..console.progress import TrainingProgress
from .config import TrainingConfig, recipe_of, run_name
from .dry_run import show_dry_run
from .parts import TrainingData, TrainingResults
from .probes import probes_of, texts_and_truth
from .run_folder import RunFolder, environment

_POINTS_OF_CURVES = 500
PROBE_METHODS = (
    "raw",
    "rollout",
    "gradient",
)  # which share what they compute, and take a twentieth of a short training at most

Config = TypeVar("Config", bound=TrainingConfig)


Results = Callable[[Any, RunFolder, training.Recipe], TrainingResults]


def run_training(config: Config, data_of: Callable[[Config], TrainingData], results_of: Results) -> None:
    """Trains, scores, reports and exports, and ends the process.

    Args:
        config: What was asked for.
        data_of: Reads the data, and loads the model to start from.
        results_of: Makes what evaluates and writes, of data, folder and recipe.
    """
    config = dataclasses.replace(config, name=config.name or run_name(config.train))
    recipe = recipe_of(config, training.usual_token_budget())
    if config.dry_run:
        show_dry_run(data_of(config), recipe)
        return
    folder = RunFolder(Path(config.runs, str(config.name)))
    folder.refuse_finished(config.overwrite)
    # A run that goes on computes as it began, whatever the machine is busy with while the precision is measured.
    data = data_of(dataclasses.replace(config, precision=folder.precision_begun_with() or config.precision))
    with training.run_lock(folder.path):
        folder.refuse_finished(config.overwrite)  # another process may have been at it meanwhile
        ok = _train_and_export(data, recipe, folder, results_of(data, folder, recipe))
    sys.exit(0 if ok else 1)


def _train_and_export(data: TrainingData, recipe: training.Recipe, folder: RunFolder, results: TrainingResults) -> bool:
    config = data.config
    data.show()
    if folder.unfinished:
        console.print(f"going on with the unfinished training in {folder.checkpoint}")
    folder.begin(dataclasses.asdict(config) | {"precision": data.precision.name})
    outcome = _train(data, recipe, folder, results)
    folder.write_model(data.model)
    # From here on what is measured is what is served: the saved weights, in float32.
    model = type(data.model).from_preset(str(folder.path), dtype="float32")
    results.evaluate(model)
    results.show_scores()
    version = serving.export(model, Path(config.saved_models, str(config.name)))
    check = serving.check(version)
    results.write(outcome, version)  # last, for it makes the run a finished one
    console.print(f"\nrun     {folder.path}\nreport  {folder.path / 'report.html'}\nexport  {version}\n")
    show_check(check)
    commands = (*results.commands(version), f"tensorboard --logdir {config.runs}")
    console.print("\nnext:\n  " + "\n  ".join(commands))
    return bool(check.ok)


def _train(
    data: TrainingData, recipe: training.Recipe, folder: RunFolder, results: TrainingResults
) -> training.Outcome:
    steps = recipe.epochs * recipe.steps_per_epoch(len(data.train))
    scalars = training.TensorBoardScalars(folder.tensorboard, max(1, steps // _POINTS_OF_CURVES))
    with TrainingProgress(console, len(data.train), recipe.batch_size, recipe.epochs) as bar:
        return training.fine_tune(
            data.model,
            data.train,
            data.dev,
            recipe,
            [bar, scalars, *results.callbacks(), *_looks(data, folder)],
            training.Checkpoints(folder.checkpoint, data.config.checkpoint_minutes),
            replace=data.config.overwrite,
            on_dev=results.take_dev,
        )


def _looks(data: TrainingData, folder: RunFolder) -> Iterator[keras.callbacks.Callback]:
    """What is looked at inside the model while it learns."""
    config = data.config
    if config.probes:
        yield AttentionProbes(
            folder.tensorboard, probes_of(data.dev_rows(config.probes)), methods=PROBE_METHODS, model_name=config.name
        )
    if config.embeddings:
        texts, truth = texts_and_truth(data.dev_rows(MOST_ROWS))
        yield ProjectorSteps(folder.tensorboard / "embeddings", texts, truth)


def run_report(
    data: TrainingData,
    recipe: training.Recipe,
    outcome: training.Outcome,
    scores: Mapping[str, Any],
    model: Mapping[str, Any],
) -> dict[str, Any]:
    """Makes what `report.json` holds.

    Args:
        data: What was trained on.
        recipe: How.
        outcome: What the training did.
        scores: By split, "dev" and perhaps "test".
        model: What there is to say of the model beside its size.

    Returns:
        The report.
    """
    settings = {
        name: value for name, value in recipe.settings().items() if hasattr(data.config, name)
    }  # what can be chosen
    epochs = settings.pop("epochs")
    sizes = {"parameters": data.model.count_params(), "trainable_parameters": _trainable_parameters(data.model, recipe)}
    return {
        "metrics": scores["dev"],
        **({"test_metrics": scores["test"]} if "test" in scores else {}),
        "training": dataclasses.asdict(outcome) | {"epochs": epochs, "recipe": settings},
        "data": data.report(),
        "model": {"preset": data.config.model} | dict(model) | sizes,
        "environment": environment(data.precision.name),
        "seed": data.config.seed,
    }


def _trainable_parameters(model: BertTask, recipe: training.Recipe) -> int:
    with training.only_trainable(model, recipe.trainable):
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
