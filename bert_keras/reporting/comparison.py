"""Comparison of runs on the same rows: intervals of the metrics, differences, and rows with different predictions."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bert_keras import evaluation
from bert_keras.errors import InputError
from bert_keras.evaluation import Interval, McNemar
from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.examples import Answer, answers
from bert_keras.reporting.finished_run import FinishedRun
from bert_keras.reporting.label_changes import LabelChange, label_changes, slice_changes
from bert_keras.reporting.names import better_is_lower
from bert_keras.reporting.run_record import RowText

# Options that tell where a run is kept, or how it is run, and nothing of what comes out.
_PLACES = ("name", "runs", "saved_models", "overwrite", "dry_run", "checkpoint_minutes", "probes", "embeddings")


@dataclass(frozen=True)
class Difference:
    """A metric of a run minus that of the first run, with its bootstrap interval."""

    interval: Interval
    metric: str

    @property
    def verdict(self) -> str:
        """The verdict: `better` or `worse` if the interval leaves out zero, else the empty string."""
        if self.interval.low <= 0 <= self.interval.high:
            return ""
        return "better" if (self.interval.value > 0) != better_is_lower(self.metric) else "worse"


@dataclass(frozen=True)
class DifferingRow:
    """A row with different predictions: the truth, and each run's prediction and coloured words, where it kept them."""

    row: RowText
    true: list[Answer]
    predicted: list[list[Answer]]
    words: list[Sequence[Words] | None]


@dataclass(frozen=True)
class Kind:
    """The rows on which the same runs are right (for regression: closest to the truth) and the others are not.

    Attributes:
        right: The names of the runs that are right.
        rows: The number of rows.
        examples: Some of the rows, the greatest difference in loss first.
    """

    right: list[str]
    rows: int
    examples: list[DifferingRow]


@dataclass(frozen=True)
class Comparison:
    """The comparison of some runs on the same rows.

    Attributes:
        task: The task: `single_label`, `multi_label` or `regression`.
        split: The split that the rows are from.
        rows: The number of rows.
        names: The names of the runs; the others are compared with the first.
        intervals: The intervals of each run's metrics, by run and metric.
        differences: The differences to the first run, by run and metric.
        options: The options in which the runs differ: the value in each run by the option's name. Those that only say
            where things are kept are left out.
        tests: McNemar's test of each pair of runs; empty for regression.
        labels: The labels on which each run differs from the first, by run, the greatest change first; empty for
            regression.
        slices: The same of the parts of the rows that both runs keep, by `slices` or `classify --slices`.
        behaviour: The behavioural tests that a run keeps, by name: how many cases passed in each run, and of how many;
            `None` for a run that does not have the test.
        kinds: The rows with different predictions, most frequent kind first.
    """

    task: str
    split: str
    rows: int
    names: list[str]
    intervals: dict[str, dict[str, Interval]]
    differences: dict[str, dict[str, Difference]]
    options: dict[str, list[Any]]
    tests: dict[tuple[str, str], McNemar]
    labels: dict[str, list[LabelChange]]
    kinds: list[Kind]
    slices: dict[str, list[LabelChange]] = field(default_factory=dict)
    behaviour: dict[str, list[tuple[int, int] | None]] = field(default_factory=dict)

    @property
    def differing(self) -> int:
        """The number of rows with different predictions."""
        return sum(kind.rows for kind in self.kinds)


def compare(runs: Sequence[FinishedRun], split: str, examples: int) -> Comparison:
    """Compares runs on the same rows.

    Args:
        runs: Two or more runs.
        split: The split that they were evaluated on.
        examples: The maximum number of rows to keep of each kind.

    Returns:
        The comparison.

    Raises:
        InputError: The runs were evaluated on different rows, or their tasks differ.
    """
    first = runs[0]
    for run in runs[1:]:
        _check_same_rows(first, run, split)
    labels = list(dict.fromkeys(label for run in runs for label in run.labels))
    targets, outputs = first.targets_of(labels), [run.outputs_of(labels) for run in runs]
    chosen = [run.chosen_of(labels) for run in runs]
    names = [run.name for run in runs]
    differences = {}
    for name, of, picked in zip(names[1:], outputs[1:], chosen[1:], strict=True):
        found = evaluation.difference_intervals(first.task, targets, outputs[0], of, (chosen[0], picked))
        differences[name] = {metric: Difference(interval, metric) for metric, interval in found.items()}
    tests, changes = {}, {}
    if first.task != "regression":
        changes = {
            name: label_changes(first.task, labels, targets, (outputs[0], of), (chosen[0], picked))
            for name, of, picked in zip(names[1:], outputs[1:], chosen[1:], strict=True)
        }
        right = {
            name: evaluation.rows_right(first.task, targets, of, picked)
            for name, of, picked in zip(names, outputs, chosen, strict=True)
        }
        tests = {
            (one, other): evaluation.mcnemar(right[one], right[other])
            for one, other in itertools.combinations(names, 2)
        }
    intervals = {
        name: evaluation.intervals(first.task, targets, of, chosen=picked)
        for name, of, picked in zip(names, outputs, chosen, strict=True)
    }
    kinds = _kinds(runs, labels, targets, np.stack(outputs), chosen, examples)
    parts = {run.name: slice_changes(first.slices, run.slices) for run in runs[1:]}
    behaviour = {name: [run.behaviour.get(name) for run in runs] for run in runs for name in run.behaviour}
    return Comparison(
        first.task,
        split,
        len(first.rows),
        names,
        intervals,
        differences,
        _options(runs),
        tests,
        changes,
        kinds,
        {name: of for name, of in parts.items() if of},
        behaviour,
    )


def _options(runs: Sequence[FinishedRun]) -> dict[str, list[Any]]:
    """Returns the options in which runs differ; a run that does not have one has `None`."""
    names = dict.fromkeys(name for run in runs for name in run.options if name not in _PLACES)
    values = {name: [run.options.get(name) for run in runs] for name in names} if all(r.options for r in runs) else {}
    return {name: of for name, of in values.items() if any(value != of[0] for value in of[1:])}


def _check_same_rows(first: FinishedRun, run: FinishedRun, split: str) -> None:
    if run.task != first.task:
        raise InputError(
            f"{run.name}: its task is {run.task}, that of {first.name} {first.task}; compare runs of one task"
        )
    if len(run.rows) != len(first.rows):
        counts = f"{len(run.rows):,} rows, {first.name} on {len(first.rows):,}"
        raise InputError(
            f"{run.name}: measured on other {split} rows than {first.name}: on {counts}; compare runs on the same data"
        )
    for one, other, gold, known in zip(run.rows, first.rows, run.gold, first.gold, strict=True):
        if (one.text, one.pair, gold) != (other.text, other.pair, known):
            raise InputError(
                f"{run.name}: measured on other {split} rows than {first.name}: {one.place} has other text "
                f"or another label than {other.place}; compare runs on the same data"
            )


def _kinds(
    runs: Sequence[FinishedRun],
    labels: list[str],
    targets: np.ndarray,
    outputs: np.ndarray,
    picked: Sequence[np.ndarray | None],
    examples: int,
) -> list[Kind]:
    """Groups the rows with different predictions by the runs that are right; `outputs` is `[runs, rows, ...]`."""
    first, names = runs[0], [run.name for run in runs]
    task = first.task
    if task == "multi_label":
        chosen = np.stack([table for table in picked if table is not None])
    else:
        chosen = outputs if task == "regression" else outputs.argmax(axis=2)
    differ = (chosen != chosen[:1]).reshape(*chosen.shape[:2], -1).any(axis=(0, 2))
    losses = np.stack([evaluation.row_losses(task, targets, of) for of in outputs])
    if task == "regression":
        right = losses == losses.min(axis=0)
    else:
        right = np.stack([evaluation.rows_right(task, targets, *of) for of in zip(outputs, picked, strict=True)])
    spread = np.ptp(losses, axis=0)
    patterns, counts = np.unique(right[:, differ], axis=1, return_counts=True)
    kinds = []
    for place in np.argsort(-counts, kind="stable"):
        pattern = patterns[:, place]
        rows = np.flatnonzero(differ & (right == pattern[:, np.newaxis]).all(axis=0))
        some = rows[np.argsort(-spread[rows], kind="stable")[:examples]]
        shown = [
            DifferingRow(
                first.rows[row],
                answers(task, labels, targets[row], outputs[0, row])
                if task == "regression"
                else [Answer(answer.name) for answer in answers(task, labels, targets[row], outputs[0, row])],
                [answers(task, labels, chosen[run, row], outputs[run, row]) for run in range(len(names))],
                [run.words.get((first.rows[row].text, first.rows[row].pair)) for run in runs],
            )
            for row in some
        ]
        kinds.append(
            Kind([name for name, is_right in zip(names, pattern, strict=True) if is_right], int(counts[place]), shown)
        )
    return kinds
