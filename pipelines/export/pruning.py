"""Leaves out the attention heads of a classifier that matter least, which is told."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras import insight, reporting
from bert_keras.data.spread import spread
from bert_keras.errors import InputError
from bert_keras.evaluation import METRICS
from bert_keras.models import TextClassifier
from bert_keras.models.classify_stream import columns

from ..console.consoles import console
from ..console.tables import figures_table
from .config import ExportConfig

_MOST_ROWS = 500
_AT_ONCE = 32


@contextlib.contextmanager
def pruned(config: ExportConfig, model: Any) -> Iterator[None]:
    """Masks the heads to leave out until the block ends, so that what is exported in it lacks them.

    Importance is that of `insight.head_importance` over up to 500 dev rows of the run.

    Args:
        config: The options; without `prune_heads` nothing happens.
        model: The model.

    Raises:
        InputError: The model is no classifier, or no run with dev rows of its own labels; or the share is that of no
            head, or of all.
        DataError: The run's predictions are broken.
    """
    if config.prune_heads is None:
        yield
        return
    if not isinstance(model, TextClassifier):
        raise InputError(
            f"--prune_heads is for classifiers, by the loss of a run's dev rows; leave it out. Received: {config.model}"
        )
    rows, targets = _rows(config, model)
    count = _count(config, model)
    with console.status("measuring the importance of the attention heads"):
        importance = insight.head_importance(model, _batches(rows, targets))
        _, without = points = insight.pruning_curve(
            model, importance, lambda: insight.classifier_scores(model, rows, targets), [0, count]
        )
    with insight.masked_heads(model, without.masked):
        _show(config, model, points, len(rows))
        yield


def _count(config: ExportConfig, model: TextClassifier) -> int:
    """Returns the number of heads to leave out."""
    heads = model.backbone.num_layers * model.backbone.num_heads
    count = round((config.prune_heads or 0) * heads)
    if not 0 < count < heads:
        raise InputError(
            f"--prune_heads must leave out at least one of the model's {heads:,} heads, and not all of them. Received: "
            f"{config.prune_heads}, which is {count:,} of them"
        )
    return count


def _rows(config: ExportConfig, model: TextClassifier) -> tuple[list[Any], np.ndarray]:
    """Returns dev rows of the run, evenly spread, and their targets."""
    run = reporting.read_run(config.model, "dev")
    if run.labels != list(model.labels):
        raise InputError(
            f"{config.model}: the labels of its report are not those of its model; name a run as it was trained. "
            f"Received: {run.labels!r:.100}"
        )
    places = spread(len(run.rows), _MOST_ROWS)
    chosen = [run.rows[place] for place in places]
    rows = [row.text if row.pair is None else (row.text, row.pair) for row in chosen]
    return rows, run.targets_of(model.labels)[places]


def _batches(rows: Sequence[Any], targets: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    for first in range(0, len(rows), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        yield columns(rows[some]), targets[some]


def _show(config: ExportConfig, model: TextClassifier, points: Sequence[insight.PrunedScores], rows: int) -> None:
    whole, without = points
    heads = model.backbone.num_layers * model.backbone.num_heads
    table = figures_table("", "all heads", f"without {len(without.masked)} of {heads}")
    for name in METRICS[model.task][:2]:
        table.add_row(reporting.title(name), *(reporting.score(of.scores[name]) for of in (whole, without)))
    console.print(table)
    by_layer = [sum(layer == at for layer, _ in without.masked) for at in range(model.backbone.num_layers)]
    told = ", ".join(f"{count} in layer {at}" for at, count in enumerate(by_layer, 1) if count)
    console.print(f"heads left out: {told or 'none'}; scored on {rows:,} dev rows, by which they were chosen too")
