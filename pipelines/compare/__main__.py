"""Compares finished runs on the rows they were evaluated on: do they differ by more than chance, and on which rows?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bert_keras.errors import InputError

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, CompareConfig

if TYPE_CHECKING:
    from bert_keras.reporting.finished_run import FinishedRun


def main(config: CompareConfig) -> None:
    """Reads and compares runs, prints the comparison, and writes it if an output file is named."""
    from bert_keras import reporting

    if config.output is not None:
        reporting.check_output(config.output)
    runs = [reporting.read_run(folder, config.split) for folder in config.runs]
    _check_same_kind(runs)
    # A wrong folder is reported before the modules that compare and draw are imported.
    from .tables import show_comparison

    comparison = reporting.compare(runs, config.split, config.examples)
    show_comparison(comparison)
    if config.output is not None:
        reporting.write_comparison(comparison, config.output)
        console.print(f"\nwritten {config.output}")


def _check_same_kind(runs: Sequence["FinishedRun"]) -> None:
    """Raises InputError if one run has read pairs of texts, and another single ones."""
    first, pairs = runs[0], runs[0].rows[0].pair is not None
    for other in runs[1:]:
        if (other.rows[0].pair is not None) != pairs:
            read, others = ("single texts", "pairs") if pairs else ("pairs of texts", "single ones")
            raise InputError(
                f"{other.name}: the run has read {read}, and {first.name} {others}; compare runs of one kind"
            )


if __name__ == "__main__":
    run(PROGRAM, main)
