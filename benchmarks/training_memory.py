"""Measures the peak memory of fine-tuning a BERT of base shape, of this project and of PyTorch.

Rows have 128 tokens and batches 32 rows; each side has a new process. The peak is VmHWM, all that lay in memory at
once, with libraries and mapped files.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from default_weights import default_weights
from peers import tables
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

FORMATS = ("float32", "bfloat16")
TOKENS, BATCH = 128, 32


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if ours needs more than PyTorch in a number format."""
    flags, weights = parse(), default_weights()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = tables.rows_of_length(TOKENS, BATCH * flags.steps, weights / "vocab.txt", folder / "train.tsv")
        for precision in flags.precision or FORMATS:
            options = {"model": "base", "train": table, "precision": precision}
            with Worker(OURS, "peers.bert_keras_training", folder=folder, **options) as worker:
                worker.ask("plan")
                found["ours", precision] = measured(worker, flags.steps)
            plan = folder / "plan-0.npz"
            with Worker(flags.peers, "peers.pytorch_training", vocabulary=weights, plan=plan, **options) as worker:
                found["PyTorch", precision] = measured(worker, flags.steps)
    Console().print(table_of(found, flags.steps))
    pairs = ((found["ours", precision], found["PyTorch", precision]) for precision in flags.precision or FORMATS)
    return int(any(ours["highest"] > theirs["highest"] for ours, theirs in pairs))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3, help="default %(default)s")
    parser.add_argument("--precision", action="append", choices=FORMATS, help="may be repeated; without it both")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def measured(worker: Worker, steps: int) -> dict[str, Any]:
    """Returns a worker's memory in bytes: `before` the first step, and the rest after the last one."""
    before = worker.ask("memory")["resident"]
    worker.ask("steps", count=steps)
    return worker.ask("memory") | {"before": before}


def table_of(found: dict[tuple[str, str], dict[str, Any]], steps: int) -> Table:
    """Returns a table with a line per process."""
    title = f"BERT-base, batch of {BATCH} rows of {TOKENS} tokens, {steps} step(s); GB"
    table = Table("", "precision", "before training", "peak", title=title)
    for (side, precision), memory in found.items():
        table.add_row(side, precision, *(f"{memory[name] / 10**9:.2f}" for name in ("before", "highest")))
    return table


if __name__ == "__main__":
    sys.exit(main())
