"""Measures examples per second of fine-tuning from strings, in turns with PyTorch at its best.

PyTorch at its best is `transformers` with sdpa, `tokenizers`, fused AdamW, and the faster of float32 and bfloat16
autocast, which a trial finds. Both train on the same rows in the same steps: 32 rows grouped by length and padded to
the longest, learning rate 5e-5 with linear warm-up and decay over one epoch, weight decay 0.01, gradients clipped to 1.
Tokenizing is timed once for all rows, and each step bears its share. With --seeds or --full both train to the end
instead, and the table compares their accuracy on dev.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from default_weights import default_weights
from in_turns import ALL_STEPS, Sides, Turns, check_same, table_of_turns, train_in_turns, trial_speeds
from peers import tables
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

FORMATS = {"float32": "float32", "bfloat16": "bfloat16 autocast"}
console = Console()


@dataclass(frozen=True)
class Classification(Sides):
    """The fine-tuning of a classifier.

    Attributes:
        train: The table of training rows.
    """

    train: Path

    def ours(self, seed: int = 0) -> Worker:
        """Starts this project's worker."""
        model = "base" if self.flags.model == "base" else self.weights
        return Worker(
            OURS, "peers.bert_keras_training", model=model, precision=self.flags.precision, **self._of_both(seed)
        )

    def theirs(self, precision: str, seed: int = 0) -> Worker:
        """Starts PyTorch's worker, in a number format."""
        model = "base" if self.flags.model == "base" else self.weights
        options = {
            "model": model,
            "vocabulary": self.weights,
            "plan": self.folder / f"plan-{seed}.npz",
            "precision": precision,
        }
        both = {name: value for name, value in self._of_both(seed).items() if name != "folder"}
        return Worker(self.flags.peers, "peers.pytorch_training", **options, **both)

    def _of_both(self, seed: int) -> dict[str, Any]:
        dev = None if self.flags.model == "base" else tables.sst2(self.flags.data, "dev.tsv")
        return {"train": self.train, "dev": dev, "folder": self.folder, "seed": seed}


def main() -> int:
    """Measures, and prints tables."""
    flags = parse()
    with tempfile.TemporaryDirectory() as name:
        weights = default_weights()
        setting = Classification(flags, Path(name), weights, train_table(flags, Path(name), weights))
        if flags.full or flags.seeds:
            console.print(whole_trainings(setting, flags.seeds or [0]))
        else:
            turns, facts, precision = train_in_turns(setting, best_precision)
            title = f"{flags.model}, {flags.steps} steps of 32 rows a turn; PyTorch in {FORMATS[precision]}"
            console.print(table_of_turns(turns, facts, title))
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder that holds sst2/; --model base needs none")
    parser.add_argument(
        "--model", choices=("minilm", "base"), default="minilm", help="base: random, rows of 128 tokens, made up"
    )
    parser.add_argument("--rows", type=int, help="of train, drawn at random; without it all")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--steps", type=int, help="of a turn; default 40, base 4")
    parser.add_argument("--trial", type=int, help="steps of the trial, which warms up as well; default 20, base 2")
    parser.add_argument("--seeds", type=int, nargs="+", help="whole trainings under these seeds")
    parser.add_argument("--full", action="store_true", help="one whole training on all rows")
    precisions = ("auto", "float32", "bfloat16")
    parser.add_argument("--precision", choices=precisions, default="auto", help="ours, default %(default)s")
    parser.add_argument(
        "--peer_precision", choices=precisions, default="auto", help="auto is what a trial finds faster"
    )
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    flags = parser.parse_args()
    base = flags.model == "base"
    if base and (flags.seeds or flags.full):
        parser.error("--seeds and --full train on SST-2; leave out --model base")
    if flags.data is None and not base:
        parser.error("--data is needed: the folder that holds sst2/")
    flags.steps = flags.steps or (4 if base else 40)
    flags.trial = flags.trial or (2 if base else 20)
    return flags


def train_table(flags: argparse.Namespace, folder: Path, weights: Path) -> Path:
    """Returns the table of training rows, which is written if it is a part of SST-2 or random."""
    if flags.model == "base":
        return tables.random_steps(flags.trial + flags.steps * flags.rounds, weights / "vocab.txt", folder)
    train = tables.sst2(flags.data, "train.tsv")
    return tables.part_of(train, flags.rows, folder / "train.tsv") if flags.rows else train


def best_precision(setting: Classification, seed: int = 0) -> str:
    """Returns the number format in which PyTorch trains faster."""
    if setting.flags.peer_precision != "auto":
        return setting.flags.peer_precision
    speeds = trial_speeds(setting, FORMATS, max(1, setting.flags.trial - 1), seed)
    best = max(speeds, key=lambda name: speeds[name])
    tried = ", ".join(f"{speed:.1f} in {FORMATS[name]}" for name, speed in speeds.items())
    console.print(f"PyTorch's trial, examples/s: {tried}; so {FORMATS[best]}")
    return best


def whole_trainings(setting: Classification, seeds: list[int]) -> Table:
    """Trains both sides to the end with each seed, one after the other, and returns the table of results."""
    results, precision = [], ""
    for seed in seeds:
        with setting.ours(seed) as worker:
            worker.ask("plan")
            ours = whole_training(worker)
        precision = precision or best_precision(setting, seed)
        with setting.theirs(precision, seed) as worker:
            theirs = whole_training(worker)
        check_same({"ours": ours, "theirs": theirs})
        results.append((ours, theirs))
        console.print(f"seed {seed}: accuracy {ours['accuracy']:.4f}, PyTorch {theirs['accuracy']:.4f}")
    return table_of_trainings(
        seeds, results, f"{results[0][0]['rows']:,} rows, one epoch; PyTorch in {FORMATS[precision]}"
    )


def whole_training(worker: Worker) -> dict[str, Any]:
    """Trains one side to the end; returns its facts, seconds and accuracy."""
    facts = worker.ask("facts")
    turn = worker.ask("steps", count=ALL_STEPS)
    return facts | {"seconds": facts["encoding"] + turn["seconds"]} | worker.ask("accuracy")


def table_of_trainings(seeds: list[int], results: Turns, title: str) -> Table:
    """Returns a table with a line per seed, then mean and range."""
    table = Table("seed", "accuracy\nours", "\nPyTorch", "seconds\nours", "\nPyTorch", "ratio", title=title)
    for seed, (ours, theirs) in zip(seeds, results, strict=True):
        accuracies = (f"{side['accuracy']:.4f}" for side in (ours, theirs))
        seconds = (f"{side['seconds']:.1f}" for side in (ours, theirs))
        table.add_row(str(seed), *accuracies, *seconds, f"{theirs['seconds'] / ours['seconds']:.2f}")
    table.add_section()
    sides = [[result["accuracy"] for result in side] for side in zip(*results, strict=True)]
    table.add_row("mean", *(f"{statistics.mean(side):.4f}" for side in sides))
    table.add_row("range", *(f"{min(side):.4f}-{max(side):.4f}" for side in sides))
    return table


if __name__ == "__main__":
    sys.exit(main())
