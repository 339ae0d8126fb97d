"""Chooses rows to label next, and writes them as a table to fill in."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.errors import InputError

from ..command_line.run import run
from .config import PROGRAM, SuggestConfig

if TYPE_CHECKING:
    from bert_keras.labelling import Judged, Suggestion

    from .judging import JudgedRows
    from .rows import Rows


def main(config: SuggestConfig) -> None:
    """Reads the rows, judges them, chooses some, and writes them."""
    _check_output(config)
    from bert_keras import labelling

    from ..console.consoles import console
    from .rows import read_rows

    names = [] if config.labels is None else labelling.read_label_names(config.labels)
    rows, of_input = read_rows(config, console.print)
    if None not in rows.labels and not names:
        raise InputError(f"every row of --input has a label; there is nothing to suggest. Received: {of_input:,} rows")
    from .judging import judged_rows

    known = judged_rows(config, rows.texts, rows.labels, names)
    if known.by_names is not None:
        console.print(_accuracy(rows.labels, known.by_names))
    if None not in rows.labels:
        console.print("every row has a label, so that no table is written")
        return
    with console.status("choosing"):
        chosen = _chosen(config, rows, known)
    if not chosen:
        raise InputError(f"all rows of --input are nearly the same as labelled ones. Received: {of_input:,} rows")
    labelling.write_label_table(config.output, chosen, rows.texts, rows.places)
    _tell(config, rows, chosen)


def _chosen(config: SuggestConfig, rows: "Rows", known: "JudgedRows") -> "list[Suggestion]":
    from bert_keras import labelling

    if config.rows is None:
        return labelling.every_row(rows.labels, known.judged)
    return labelling.suggest(rows.texts, known.vectors, rows.labels, config.rows, known.judged)


def _check_output(config: SuggestConfig) -> None:
    given = [config.input, config.labelled or []]
    read = [name for names in given for name in ([names] if isinstance(names, str) else names)]
    there = Path(config.output)
    if any(Path(name).exists() and there.exists() and there.samefile(name) for name in read):
        raise InputError(f"--output is a file that is read. Received: {config.output}; name another")
    if there.exists() and not config.overwrite:
        raise InputError(
            f"{config.output}: there is a table already, which may hold labels; name another, or add --overwrite true"
        )


def _accuracy(labels: "Sequence[str | None]", by_names: "Judged") -> str:
    """Returns how often the names of labels alone are right, or that nobody knows."""
    from bert_keras.evaluation import wilson

    right = by_names.right(labels)
    if not len(right):
        return "labels by their names: no row has a label, so that nobody knows how many of them are right"
    low, high = wilson(int(right.sum()), len(right))
    others = sum(label is not None and label not in by_names.labels for label in labels)
    without = f"; {others:,} of them have a label without a name" if others else ""
    return (
        f"labels by their names: {right.mean():.3f} of {len(right):,} labelled rows are right "
        f"(95 % interval {low:.3f} to {high:.3f}{without})"
    )


def _tell(config: SuggestConfig, rows: "Rows", chosen: "list[Suggestion]") -> None:
    from ..console.consoles import console

    free = rows.labels.count(None)
    console.print(f"{len(chosen):,} of {free:,} rows without a label: {config.output}")
    if config.rows is not None and len(chosen) < config.rows:
        console.print("there are no more that are not nearly the same as another")
    before = config.labelled or []
    tables = [*([before] if isinstance(before, str) else before), config.output]
    train = f"bert-keras classify --train {shlex.join(tables)} --dev DEV"
    console.print(f"\nnext:\n  fill in the column 'label' of {config.output}\n  {train}")


if __name__ == "__main__":
    run(PROGRAM, main)
