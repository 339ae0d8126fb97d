"""Compares finished runs on the rows that they were measured on: are they different by more than chance, and where?"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bert_keras.errors import InputError
from pipelines.program import console, run

if TYPE_CHECKING:
    from bert_keras.reporting import Comparison

_LONGEST_TEXT = 240
_KINDS_SHOWN = 8


@dataclass(frozen=True)
class CompareConfig:
    """Options of a comparison.

    Args:
        runs: Folders of finished runs (runs/NAME), two or more; the others are compared with the first.
        split: The rows to compare on, dev or test.
        examples: Most rows to show of each kind of difference.
        output: A file to write the comparison to as well; it ends with .html, .md or .json.
    """

    runs: list[str] = field(metadata={"positional": "RUN"})
    split: str = "dev"
    examples: int = 10
    output: str | None = None

    def __post_init__(self) -> None:
        if len(self.runs) < 2:
            raise InputError(f"name two or more runs, as in runs/a runs/b. Received: {', '.join(self.runs)}")
        if len(set(self.runs)) < len(self.runs):
            raise InputError(f"a run is named twice. Received: {', '.join(self.runs)}")
        if self.examples < 0:
            raise InputError(f"--examples must not be below 0. Received: {self.examples}")


def main(config: CompareConfig) -> None:
    """Reads, compares, shows and writes."""
    from bert_keras import reporting

    if config.output is not None:
        reporting.check_output(config.output)
    runs = [reporting.read_run(folder, config.split) for folder in config.runs]
    comparison = reporting.compare(runs, config.split, config.examples)
    _show(comparison)
    if config.output is not None:
        reporting.write_comparison(comparison, config.output)
        console.print(f"\nwritten {config.output}")


def _show(comparison: "Comparison") -> None:
    from bert_keras.reporting import difference_text, interval_text, title

    console.print(f"{comparison.rows:,} rows of {comparison.split}; in brackets 95 % intervals of the bootstrap\n")
    scores = _table("", *comparison.names)
    for metric in comparison.intervals[comparison.names[0]]:
        scores.add_row(title(metric), *(Text(interval_text(comparison.intervals[name][metric])) for name in comparison.names))
    console.print(scores)
    differences = _table(f"minus {comparison.names[0]}", *comparison.differences)
    for metric in comparison.intervals[comparison.names[0]]:
        differences.add_row(title(metric), *(Text(difference_text(of[metric])) for of in comparison.differences.values()))
    console.print(differences)
    if comparison.tests:
        tests = _table("McNemar's exact test", "only the first right", "only the second right", "p")
        for (one, other), test in comparison.tests.items():
            tests.add_row(Text(f"{one}, {other}"), f"{test.only_first:,}", f"{test.only_second:,}", f"{test.p:.4g}")
        console.print(tests)
    _show_rows(comparison)


def _show_rows(comparison: "Comparison") -> None:
    from bert_keras.reporting import answers_text, kind_text

    console.print(f"{comparison.differing:,} of {comparison.rows:,} rows have different answers")
    for kind in comparison.kinds[:_KINDS_SHOWN]:
        console.print(f"\n{kind_text(kind, comparison.task)}: {kind.rows:,} rows", style="bold")
        for example in kind.examples:
            text = example.row.text if example.row.pair is None else f"{example.row.text} | {example.row.pair}"
            line = " ".join(text.split())
            console.print("  " + (line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"))
            said = (f"{name}: {answers_text(answer)}" for name, answer in zip(comparison.names, example.predicted, strict=True))
            console.print(f"    true: {answers_text(example.true)}; " + "; ".join(said), style="dim")
    if len(comparison.kinds) > _KINDS_SHOWN:
        console.print(f"\nand {len(comparison.kinds) - _KINDS_SHOWN:,} rarer kinds, which --output FILE.html shows")


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(Text(first), overflow="fold")
    for name in others:
        table.add_column(Text(name), justify="right", overflow="fold")
    return table


if __name__ == "__main__":
    run("compare", __doc__, CompareConfig, main, tensorflow=False)
