"""A comparison of runs on the screen: metrics with intervals, tests, and the rows with different predictions."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from bert_keras.reporting import (
    Comparison,
    LabelChange,
    answers_text,
    difference_text,
    interval_text,
    kind_text,
    label_change_texts,
    option_text,
    passed_text,
    title,
)

from ..console.consoles import console

_LONGEST_TEXT = 240
_KINDS_SHOWN = 8
_LABELS_SHOWN = 8


def show_comparison(comparison: Comparison) -> None:
    """Prints a comparison.

    Args:
        comparison: The result of `reporting.compare`.
    """
    console.print(f"{comparison.rows:,} rows of {comparison.split}; in brackets 95 % intervals of the bootstrap\n")
    scores = _table("", *comparison.names)
    for metric in comparison.intervals[comparison.names[0]]:
        scores.add_row(
            title(metric), *(Text(interval_text(comparison.intervals[name][metric])) for name in comparison.names)
        )
    console.print(scores)
    differences = _table(f"minus {comparison.names[0]}", *comparison.differences)
    for metric in comparison.intervals[comparison.names[0]]:
        differences.add_row(
            title(metric), *(Text(difference_text(of[metric])) for of in comparison.differences.values())
        )
    console.print(differences)
    _show_options(comparison)
    if comparison.tests:
        tests = _table("McNemar's exact test", "only the first right", "only the second right", "p")
        for (one, other), test in comparison.tests.items():
            tests.add_row(Text(f"{one}, {other}"), f"{test.only_first:,}", f"{test.only_second:,}", f"{test.p:.4g}")
        console.print(tests)
    _show_labels(comparison, comparison.labels, "labels")
    _show_labels(comparison, comparison.slices, "parts")
    _show_behaviour(comparison)
    _show_rows(comparison)


def _show_options(comparison: Comparison) -> None:
    if comparison.options:
        options = _table("options in which they differ", *comparison.names)
        for name, values in comparison.options.items():
            options.add_row(name, *(Text(option_text(value)) for value in values))
        console.print(options)


def _show_labels(comparison: Comparison, by_run: Mapping[str, Sequence[LabelChange]], what: str) -> None:
    """Prints the labels or parts that change most, those that change by more than chance before the others."""
    for name, changes in by_run.items():
        shown = sorted(changes, key=lambda change: not change.verdict)[:_LABELS_SHOWN]
        if shown:
            first = comparison.names[0]
            labels = _table(f"{what}, {name}", "rows", f"only {first} right", f"only {name} right", "p")
            for change in shown:
                labels.add_row(Text(change.label), *label_change_texts(change))
            console.print(labels)
        if len(changes) > len(shown):
            console.print(f"and {len(changes) - len(shown):,} more {what}, which --output FILE.html shows")


def _show_behaviour(comparison: Comparison) -> None:
    if comparison.behaviour:
        tests = _table("behavioural test, passed", *comparison.names)
        for name, passed in comparison.behaviour.items():
            tests.add_row(Text(name), *(passed_text(of) for of in passed))
        console.print(tests)


def _show_rows(comparison: Comparison) -> None:
    console.print(f"{comparison.differing:,} of {comparison.rows:,} rows have different answers")
    for kind in comparison.kinds[:_KINDS_SHOWN]:
        console.print(f"\n{kind_text(kind, comparison.task)}: {kind.rows:,} rows", style="bold")
        for example in kind.examples:
            text = example.row.text if example.row.pair is None else f"{example.row.text} | {example.row.pair}"
            line = " ".join(text.split())
            console.print("  " + (line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"))
            said = (
                f"{name}: {answers_text(answer)}"
                for name, answer in zip(comparison.names, example.predicted, strict=True)
            )
            console.print(f"    true: {answers_text(example.true)}; " + "; ".join(said), style="dim")
    if len(comparison.kinds) > _KINDS_SHOWN:
        console.print(f"\nand {len(comparison.kinds) - _KINDS_SHOWN:,} rarer kinds, which --output FILE.html shows")


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(Text(first), overflow="fold")
    for name in others:
        table.add_column(Text(name), justify="right", overflow="fold")
    return table
