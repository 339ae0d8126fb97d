"""The page of a search for the options of a training, `search.html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bert_keras.evaluation import LOWER_IS_BETTER
from bert_keras.reporting.drawing import GRID, MUTED, SERIES, chart, shown
from bert_keras.reporting.page import picture, write_page


@dataclass(frozen=True)
class SearchedTraining:
    """A training of a search.

    Attributes:
        number: Its number, from 1.
        values: The values of the varied options by name.
        scores: The metric on dev after each epoch.
        pruned: Whether it was stopped early.
        seconds: Its duration.
    """

    number: int
    values: Mapping[str, str | float]
    scores: tuple[float, ...]
    pruned: bool
    seconds: float


@dataclass(frozen=True)
class Search:
    """A search.

    Attributes:
        name: Its name.
        metric: The metric on dev that the options are chosen by.
        trainings: The trainings that were finished or stopped early, in the order in which they began; at least one.
        importance: The share of each varied option in the differences of the metric; empty if too few are finished.
        logarithmic: The varied options that are searched by their logarithm.
        command: The command that trains with the best options.
        failed: What the trainings that failed said.
    """

    name: str
    metric: str
    trainings: Sequence[SearchedTraining]
    importance: Mapping[str, float]
    logarithmic: frozenset[str]
    command: str
    failed: Sequence[str] = ()

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is better if lower."""
        return self.metric in LOWER_IS_BETTER

    def score(self, training: SearchedTraining) -> float:
        """Returns the metric of a training's best epoch."""
        return min(training.scores) if self.lower_is_better else max(training.scores)

    @property
    def ranked(self) -> list[SearchedTraining]:
        """The trainings, the best first; those that were stopped early come last."""
        sign = 1 if self.lower_is_better else -1
        return sorted(self.trainings, key=lambda training: (training.pruned, sign * self.score(training)))


def write_search_page(search: Search, path: str | Path) -> None:
    """Writes the page of a search: the best options, pictures, and a table of all trainings.

    Args:
        search: The search.
        path: The HTML file to write.
    """
    names = list(search.trainings[0].values)
    pictures = [
        picture(partial(_progress_figure, search), f"{search.metric} by training"),
        picture(partial(_epochs_figure, search), f"{search.metric} by epoch"),
        *(picture(partial(_option_figure, search, name), f"{search.metric} by {name}") for name in names),
    ]
    importance = sorted(search.importance.items(), key=lambda entry: -entry[1])
    write_page(path, "search.html", {"search": search, "names": names, "pictures": pictures, "importance": importance})


def _progress_figure(search: Search) -> Figure:
    figure, axes = chart(f"{search.metric} on dev, best so far", "training", search.metric)
    scores = np.array([search.score(training) for training in search.trainings])
    pruned = np.array([training.pruned for training in search.trainings])
    numbers = np.array([training.number for training in search.trainings])
    best = (np.minimum if search.lower_is_better else np.maximum).accumulate(scores)
    axes.step(numbers, best, where="post", color=SERIES[0], linewidth=1.5)
    axes.scatter(numbers[~pruned], scores[~pruned], s=18, color=SERIES[0])
    axes.scatter(numbers[pruned], scores[pruned], s=18, facecolors="none", edgecolors=MUTED)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _epochs_figure(search: Search) -> Figure:
    figure, axes = chart(f"{search.metric} on dev after each epoch", "epoch", search.metric)
    best = search.ranked[0]
    for training in search.trainings:
        epochs = range(1, len(training.scores) + 1)
        colour = SERIES[0] if training is best else MUTED if training.pruned else GRID
        line = "--" if training.pruned else "-"
        axes.plot(epochs, training.scores, line, color=colour, linewidth=1.8 if training is best else 1, marker=".")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _option_figure(search: Search, name: str) -> Figure:
    figure, axes = chart(shown(name), shown(name), search.metric)
    for pruned in (False, True):
        of = [training for training in search.trainings if training.pruned == pruned]
        values, scores = [training.values[name] for training in of], [search.score(training) for training in of]
        across = [value if isinstance(value, float) else shown(value) for value in values]
        face, edge = ("none", MUTED) if pruned else (SERIES[0], SERIES[0])
        axes.scatter(across, scores, s=18, facecolors=face, edgecolors=edge)
    if name in search.logarithmic:
        axes.set_xscale("log")
    return figure
