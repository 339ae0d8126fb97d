"""The content of `report.json`, the report of a training."""

import dataclasses
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from bert_keras import training
from bert_keras.models import BertTask
from bert_keras.runtime.gpu import gpu_in_use

from .data import TrainingData

_PACKAGES = ("bert_keras", "tensorflow", "tensorflow-text", "keras", "keras-hub", "numpy")


def run_report(
    data: TrainingData,
    recipe: training.Recipe,
    outcome: training.Outcome,
    scores: Mapping[str, Any],
    model: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns the content of `report.json`.

    Args:
        data: The data and the model of the training.
        recipe: The hyper-parameters of the training.
        outcome: The result of `training.fine_tune`.
        scores: The metrics of the split "dev" and, if it was evaluated, of "test".
        model: The "model" section except the preset and the number of parameters.

    Returns:
        The report, which consists of JSON values.
    """
    # Only the hyper-parameters that are options of this program.
    settings = {name: value for name, value in recipe.settings().items() if hasattr(data.config, name)}
    epochs = settings.pop("epochs")
    settings |= data.method
    sizes = {"parameters": data.model.count_params(), "trainable_parameters": _trainable_parameters(data.model, recipe)}
    replaced = {"replaced_head": data.replaced_head} if data.replaced_head else {}
    return {
        "metrics": scores["dev"],
        **({"test_metrics": scores["test"]} if "test" in scores else {}),
        "training": _training(outcome) | {"epochs": epochs, "recipe": settings},
        "data": data.report(),
        "model": {"preset": data.begins_with} | replaced | dict(model) | sizes,
        "environment": _environment(data.precision.name),
        "seed": data.config.seed,
    }


def _training(outcome: training.Outcome) -> dict[str, Any]:
    """Returns the outcome as JSON values; what is about workers only if there were several."""
    alone = ("workers", "bytes_a_step") if outcome.workers == 1 else ()
    return {name: value for name, value in dataclasses.asdict(outcome).items() if name not in alone}


def _trainable_parameters(model: BertTask, recipe: training.Recipe) -> int:
    with training.only_trainable(model, recipe.trainable):
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def _environment(precision: str) -> dict[str, Any]:
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    gpu = gpu_in_use()
    return {
        "python": platform.python_version(),
        "versions": versions,
        "cores": os.cpu_count(),
        **({} if gpu is None else {"gpu": gpu}),
        "precision": precision,
    }
