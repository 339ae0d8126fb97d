"""Measurements of two sides in turns within one run, so that a machine that gets slower slows both."""

import argparse
import statistics
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.protocol import Worker
from rich.console import Console
from rich.table import Table

ALL_STEPS = 10**9
Answer = dict[str, Any]
Turns = list[tuple[Answer, Answer]]


@dataclass(frozen=True)
class Sides(ABC):
    """A training that this project and PyTorch can run.

    Attributes:
        flags: The command line, with `rounds`, the `steps` of a turn and those of a `trial`.
        folder: The folder for temporary files.
        weights: The Hugging Face folder of the default weights.
    """

    flags: argparse.Namespace
    folder: Path
    weights: Path

    @abstractmethod
    def ours(self, seed: int = 0) -> Worker:
        """Starts this project's worker."""

    @abstractmethod
    def theirs(self, way: Any, seed: int = 0) -> Worker:
        """Starts PyTorch's worker, in one of its ways to train."""


def take_turns(ours: Worker, theirs: Worker, rounds: int, what: str, **arguments: Any) -> Turns:
    """Sends both workers the same request in turns.

    Args:
        ours: This project's worker.
        theirs: PyTorch's worker.
        rounds: The number of rounds.
        what: The name of the request.
        **arguments: The arguments of the request.

    Returns:
        Both answers of each round.
    """
    return [(ours.ask(what, **arguments), theirs.ask(what, **arguments)) for _ in range(rounds)]


def train_in_turns(sides: Sides, best_way: Callable[[Any], Any]) -> tuple[Turns, dict[str, Answer], Any]:
    """Trains both sides in turns, some steps of one and then the same steps of the other.

    Args:
        sides: The training.
        best_way: A function that finds PyTorch's fastest way to train; it is called once the plan of steps exists.

    Returns:
        Both answers of each round, the facts of both sides by `ours` and `theirs`, and PyTorch's way.
    """
    flags = sides.flags
    with sides.ours() as ours:
        facts = {"ours": ours.ask("facts")}
        ours.ask("plan")
        way = best_way(sides)
        with sides.theirs(way) as theirs:
            facts["theirs"] = theirs.ask("facts")
            check_same(facts)
            for worker in (ours, theirs):  # not counted: the first steps of a process are slow
                worker.ask("steps", count=flags.trial)
            turns = take_turns(ours, theirs, flags.rounds, "steps", count=flags.steps)
    Console().print(f"ours: {facts['ours']['precision']}")
    return turns, facts, way


def trial_speeds(sides: Sides, ways: Iterable[Any], steps: int, seed: int = 0) -> dict[Any, float]:
    """Returns PyTorch's speed in each of some ways to train, in rows per second.

    Args:
        sides: The training.
        ways: The ways, as `sides.theirs` takes them.
        steps: The number of steps to time, after one that warms up.
        seed: The seed of the training.
    """
    speeds = {}
    for way in ways:
        with sides.theirs(way, seed) as worker:
            worker.ask("steps", count=1)
            turn = worker.ask("steps", count=steps)
        speeds[way] = turn["rows"] / turn["seconds"]
    return speeds


def check_same(facts: dict[str, Answer]) -> None:
    """Ends the program if the two sides do not train on the same tokens."""
    ours, theirs = ((facts[side]["rows"], facts[side]["tokens"]) for side in ("ours", "theirs"))
    if ours != theirs:
        sys.exit(
            f"the two do not read the same: ours {ours[0]:,} rows, {ours[1]:,} tokens; "
            f"theirs {theirs[0]:,}, {theirs[1]:,}"
        )


def table_of_turns(turns: Turns, facts: dict[str, Answer], title: str) -> Table:
    """Returns a table with a line per round, the medians, and the time of tokenizing.

    Args:
        turns: Both answers of each round.
        facts: The facts of both sides by `ours` and `theirs`.
        title: The title of the table.
    """
    table = Table("round", "tokens a row", "ours\nexamples/s", "PyTorch\nexamples/s", "ratio", title=title)
    figures = [(_speed(ours, facts["ours"]), _speed(theirs, facts["theirs"])) for ours, theirs in turns]
    for place, ((ours, theirs), turn) in enumerate(zip(figures, turns, strict=True), 1):
        tokens = f"{turn[0]['tokens'] / turn[0]['rows']:.1f}"
        table.add_row(str(place), tokens, f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}")
    table.add_section()
    medians, ratio = medians_of(figures)
    table.add_row("median", "", *medians, ratio)
    seconds = {side: f"{facts[side]['encoding']:.2f} s" for side in facts}
    table.add_row("tokenizing", f"{facts['ours']['rows']:,} rows", seconds["ours"], seconds["theirs"], "")
    return table


def medians_of(figures: list[tuple[float, float]]) -> tuple[list[str], str]:
    """Returns the cells of both sides' median speeds, and of the median of their ratios, from their speeds by round."""
    ratio = statistics.median(ours / theirs for ours, theirs in figures)
    return [f"{statistics.median(column):.1f}" for column in zip(*figures, strict=True)], f"[bold]{ratio:.2f}[/]"


def _speed(turn: Answer, facts: Answer) -> float:
    """Returns examples per second, with each row's share of the tokenizing."""
    return turn["rows"] / (turn["seconds"] + facts["encoding"] * turn["rows"] / facts["rows"])
