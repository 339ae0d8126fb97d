"""The steps of a training, from the data to the export, for every task."""

import dataclasses
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import keras
from rich.text import Text

from bert_keras import reporting, serving, training
from bert_keras.insight.attention_callback import AttentionProbes
from bert_keras.insight.projector_callback import MOST_ROWS, ProjectorSteps
from bert_keras.workers import Workers

from ..check.tables import show_check
from ..console.consoles import console
from ..console.library_warnings import warnings_shown
from .config import LookingConfig, TrainingConfig, recipe_of, run_name
from .data import TrainingData
from .dry_run import show_dry_run
from .probes import probes_of, texts_and_truth
from .ray_workers import train_on_ray
from .results import TrainingResults
from .run_folder import RunFolder
from .workers import lead, train_along, working_together

_POINTS_OF_CURVES = 500
# These methods share most of their computation, and together take at most a twentieth of the time of a short training.
PROBE_METHODS = ("raw", "rollout", "gradient")

Config = TypeVar("Config", bound=TrainingConfig)
Results: TypeAlias = Callable[[Any, RunFolder, training.Recipe], TrainingResults]


def run_training(config: Config, data_of: Callable[[Config], TrainingData], results_of: Results) -> None:
    """Trains, evaluates, reports, exports and checks a model, and ends the process.

    A dry run only prints what a training would do, and returns. The exit status is 0 if all checks of the export
    pass, else 1.

    Args:
        config: The options.
        data_of: A function that reads the data and loads the model to fine-tune.
        results_of: A function that takes the data, the run folder and the recipe, and returns the results to fill.
    """
    config = dataclasses.replace(config, name=config.name or run_name(config.train))
    recipe = recipe_of(config, training.usual_token_budget())
    if config.dry_run:
        data = data_of(config)
        show_dry_run(data, data.recipe(recipe))
        return
    folder = RunFolder(Path(config.runs, str(config.name)))
    folder.refuse_finished(config.overwrite)
    if config.cluster is not None:
        train_on_ray(config, folder.path)
        return
    with working_together(config) as workers:
        if workers is not None and not workers.first:
            train_along(config, data_of, recipe, workers)
            return
        # A resumed run keeps its precision: the choice of "auto" depends on a measurement, so on the machine's load.
        data = data_of(dataclasses.replace(config, precision=folder.precision_begun_with() or config.precision))
        with training.run_lock(folder.path), warnings_shown(console):
            folder.refuse_finished(config.overwrite)  # another process may have finished the run in the meantime
            recipe = data.recipe(recipe)
            ok = _train_and_export(data, recipe, folder, results_of(data, folder, recipe), workers)
    sys.exit(0 if ok else 1)


def _train_and_export(
    data: TrainingData,
    recipe: training.Recipe,
    folder: RunFolder,
    results: TrainingResults,
    workers: Workers | None,
) -> bool:
    config = data.config
    data.show()
    training.check_training(data.model, data.train, data.dev, recipe)  # before anything is written
    if workers is not None:
        lead(data, workers)
    if folder.unfinished:
        console.print(f"going on with the unfinished training in {folder.checkpoint}")
    folder.begin(dataclasses.asdict(config) | {"precision": data.precision.name})
    outcome = _train(data, recipe, folder, results, workers)
    if workers is not None:
        workers.mesh.leave()  # what is left to do is worker 0's
    folder.write_model(data.model)
    # The evaluated model is the exported one: the saved weights, in float32.
    model = type(data.model).from_preset(str(folder.path), dtype="float32")
    results.evaluate(model)
    results.show_scores()
    with console.status("exporting"):
        version = serving.export(model, Path(config.saved_models, str(config.name)))
    with console.status("checking the export without Python"):
        check = serving.check(version)
    written = results.write(outcome, version)  # last, since the report marks the run as finished
    page = folder.path / "report.html"
    report = f"report  {page}\n" if page.exists() else ""
    console.print(f"\nrun     {folder.path}\n{report}export  {version}\n")
    show_check(check)
    advice = reporting.what_now(written)
    if advice:
        console.print(Text("\nwhat now:\n" + "\n".join(f"{place}. {line}" for place, line in enumerate(advice, 1))))
    commands = (*results.commands(version), f"tensorboard --logdir {shlex.quote(config.runs)}")
    console.print("\nnext:\n  " + "\n  ".join(commands))
    return bool(check.ok)


def _train(
    data: TrainingData,
    recipe: training.Recipe,
    folder: RunFolder,
    results: TrainingResults,
    workers: Workers | None,
) -> training.Outcome:
    steps = recipe.epochs * recipe.steps_per_epoch(len(data.train))
    points = max(1, steps // _POINTS_OF_CURVES)
    logs: list[tuple[str, Callable[[], keras.callbacks.Callback]]] = [
        (
            "the log of the training's curves",
            lambda: training.TensorBoardScalars(folder.tensorboard, points, folder.dev_events),
        ),
        ("the log of predictions", results.callback),
        *_insight_callbacks(data, folder),
    ]
    with data.progress(recipe) as bar:
        return data.fit(
            recipe,
            [bar, *(training.OptionalCallback(what, make) for what, make in logs)],
            training.Checkpoints(folder.checkpoint, data.config.checkpoint_minutes),
            results.take_dev,
            workers,
        )


def _insight_callbacks(
    data: TrainingData, folder: RunFolder
) -> Iterator[tuple[str, Callable[[], keras.callbacks.Callback]]]:
    """Yields names and makers of the callbacks that log attention and embeddings during the training."""
    config = data.config
    if not isinstance(config, LookingConfig):
        return

    def attention() -> keras.callbacks.Callback:
        probes = probes_of(data.dev_rows(config.probes))
        return AttentionProbes(folder.tensorboard, probes, methods=PROBE_METHODS, model_name=config.name)

    def embeddings() -> keras.callbacks.Callback:
        texts, truth = texts_and_truth(data.dev_rows(MOST_ROWS))
        return ProjectorSteps(folder.tensorboard / "embeddings", texts, truth)

    if config.probes:
        yield "the log of attention", attention
    if config.embeddings:
        yield "the log of embeddings", embeddings
