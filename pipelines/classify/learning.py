"""The learning curve of a classifier: models that are trained as so many rows would be, on parts of its rows."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.table import Table

from bert_keras import evaluation, reporting, training
from bert_keras.data import Encoded, subset

from ..console.consoles import console
from ..console.progress import TrainingProgress
from ..console.tables import figures_table
from .data import ClassifyData
from .few_shot import choose_few_shot

_PARTS = (8, 4, 2)
_FEWEST_ROWS, _FEWEST_ROWS_A_LABEL = 32, 2  # of fine-tuning, and of contrast


@dataclasses.dataclass(frozen=True)
class LearnedFromParts:
    """A learning curve, and how each of its models was trained.

    Attributes:
        curve: The curve.
        ways: How each number of rows was trained on, in the order of the curve.
    """

    curve: evaluation.LearningCurve
    ways: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """Returns the curve as JSON values."""
        return self.curve.report() | {"ways": list(self.ways)}

    def table(self) -> Table:
        """Returns the curve as a table."""
        heads = "rows", reporting.title(self.curve.metric), "interval", "trained"
        table = figures_table(*heads, title="dev by rows of train, with 95 % intervals")
        for size, score, way in zip(self.curve.rows, self.curve.scores, self.ways, strict=True):
            value, low, high = map(reporting.score, (score.value, score.low, score.high))
            table.add_row(f"{size:,}", value, f"{low} to {high}", way)
        return table


def learn_from_parts(data: ClassifyData, recipe: training.Recipe, outputs: np.ndarray) -> LearnedFromParts | None:
    """Trains on an eighth, a quarter and a half of the rows, each part within the next, and fits the curve.

    A part is trained on by contrast where all rows are, or where `few_shot` chooses it for so few rows.

    Args:
        data: The data of the training.
        recipe: The recipe of the training.
        outputs: The outputs on the development split of the model that was trained on all rows.

    Returns:
        The curve; `None` if even half of the rows are too few.
    """
    count = len(data.encoded["train"])
    found, ways = {count: outputs}, {count: _way(data, data.few_shot.chosen)}
    for rows, few in _parts(data, recipe.seed):
        way = _way(data, few)
        console.print(f"learning curve: training on {len(rows):,} of {count:,} rows, {way}")
        found[len(rows)], ways[len(rows)] = _learned(data, rows, recipe, few), way
    if len(found) < 2:
        fewest = _FEWEST_ROWS_A_LABEL * len(data.model.labels) if data.few_shot.chosen else _FEWEST_ROWS
        console.print(f"no learning curve: half of {count:,} rows are fewer than {fewest:,}")
        return None
    alike = [size for size, way in ways.items() if way == ways[count]]
    curve = evaluation.learning_curve(data.model.task, data.dev.targets, found, alike)
    return LearnedFromParts(curve, tuple(ways[size] for size in curve.rows))


def _parts(data: ClassifyData, seed: int) -> Iterator[tuple[Encoded, bool]]:
    """Yields parts of the rows that are enough to learn from, and whether they are few."""
    train = data.encoded["train"]
    order = _spread_by_label(train, seed)
    for part in _PARTS:
        size = len(train) // part
        if not size:
            continue
        rows = subset(train, np.sort(order[:size]))
        few = data.few_shot.chosen or choose_few_shot(data.config, rows, data.model.pairs).chosen
        if size >= (_FEWEST_ROWS_A_LABEL * len(data.model.labels) if few else _FEWEST_ROWS):
            yield rows, few


def _spread_by_label(train: Encoded, seed: int) -> np.ndarray:
    """Returns the rows in a random order, of which each beginning has about the same share of each label's rows."""
    order = np.random.default_rng(seed).permutation(len(train))
    targets = train.targets[order]
    if targets.ndim > 1 or targets.dtype.kind == "f":
        return order
    shares = np.empty(len(order))
    for label in np.unique(targets):
        of = np.flatnonzero(targets == label)
        shares[of] = (np.arange(len(of)) + 0.5) / len(of)
    return order[np.argsort(shares, kind="stable")]


def _way(data: ClassifyData, few: bool) -> str:
    if not few:
        return "fine-tuned"
    return "by contrast" if data.self_labelled is None else "by contrast, unlabelled too"


def _learned(data: ClassifyData, rows: Encoded, recipe: training.Recipe, few: bool) -> np.ndarray:
    """Trains a new model on some rows; returns its outputs on the development split."""
    model, own = data.fresh_model(few), data.self_labelled
    if not few:
        with TrainingProgress(console, len(rows), recipe.batch_size, recipe.epochs) as bar:
            training.fine_tune(model, rows, data.dev, recipe, [bar])
        return training.predict_outputs(model, data.dev)
    recipe = training.few_shot_recipe(rows, recipe, None if own is None else own.rows)
    kept = None if data.checkpoints is None else data.checkpoints.part(f"{len(rows)}-rows")
    again = data.config.overwrite
    if own is not None:
        with own.progress(recipe, len(rows)) as bar:
            training.self_train(model, rows, own.rows, None, recipe, [bar], kept, replace=again)
    else:
        with TrainingProgress(console, len(rows) * recipe.epochs, recipe.batch_size, 1) as bar:
            training.few_shot(model, rows, None, recipe, [bar], kept, replace=again)
    return training.predict_outputs(model, data.dev)
