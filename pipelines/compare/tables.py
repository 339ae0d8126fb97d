"""A comparison of runs on the screen: metrics with intervals, tests, and the rows with different predictions."""

from rich.table import Table
from rich.text import Text

from bert_keras.reporting import Comparison, answers_text, difference_text, interval_text, kind_text, title

from ..console.consoles import console

_LONGEST_TEXT = 240
_KINDS_SHOWN = 8


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
    if comparison.tests:
        tests = _table("McNemar's exact test", "only the first right", "only the second right", "p")
        for (one, other), test in comparison.tests.items():
            tests.add_row(Text(f"{one}, {other}"), f"{test.only_first:,}", f"{test.only_second:,}", f"{test.p:.4g}")
        console.print(tests)
    _show_rows(comparison)


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
