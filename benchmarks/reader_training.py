"""Measures windows per second of fine-tuning for question answering, in turns with PyTorch at its best.

Both start from the default weights and train on a SQuAD 2.0 file in the same windows (384 tokens, overlap 128,
questions of at most 64), the same steps (16 windows, grouped by length, padded to the longest) and at the same learning
rates (2e-4, warm-up over a tenth of the steps, decay to zero over 4 epochs). PyTorch is `transformers` with fused
AdamW, in the faster of float32 and bfloat16 autocast and of sdpa and plain attention, which a trial finds. With --seeds
both train to the end instead, and the table compares their scores on dev; --adapt lora trains adapters of this
project's model too.
"""

import argparse
import itertools
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from default_weights import default_weights
from in_turns import ALL_STEPS, Sides, table_of_turns, train_in_turns, trial_speeds
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

SCORES = {
    "best_span_f1": "best span F1\n(answerable)",
    "f1": "F1 over all\nat 0",
    "best_f1": "F1 over all\ntuned",
    "best_f1_threshold": "threshold",
}
console = Console(width=110)


@dataclass(frozen=True)
class QuestionAnswering(Sides):
    """The fine-tuning of a reader."""

    def ours(self, seed: int = 0, **options: Any) -> Worker:
        """Starts this project's worker."""
        return Worker(OURS, "peers.bert_keras_qa_training", **self._of_both(seed), folder=self.folder, **options)

    def theirs(self, way: tuple[str, str], seed: int = 0) -> Worker:
        """Starts PyTorch's worker, in a number format and with an implementation of attention."""
        options = {"plan": self.folder / f"plan-{seed}.npz", "precision": way[0], "attention": way[1], "turns": "yes"}
        return Worker(self.flags.peers, "peers.pytorch_qa_training", **self._of_both(seed), **options)

    def _of_both(self, seed: int) -> dict[str, Any]:
        files = {split: (self.flags.data / "squad" / f"{split}-v2.0.json").absolute() for split in ("train", "dev")}
        return files | {"model": self.weights, "seed": seed, "epochs": self.flags.epochs}


def main() -> int:
    """Measures, and prints a table."""
    flags = parse()
    with tempfile.TemporaryDirectory() as name:
        setting = QuestionAnswering(flags, Path(name), default_weights())
        if flags.seeds:
            console.print(whole_trainings(setting))
        else:
            turns, facts, way = train_in_turns(setting, best_way)
            title = f"MiniLM, {flags.steps} steps of 16 windows a turn; PyTorch in {way[0]}, {way[1]} attention"
            console.print(table_of_turns(turns, facts, title))
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds squad/train-v2.0.json and squad/dev-v2.0.json"
    )
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--steps", type=int, default=12, help="of a turn, default %(default)s")
    parser.add_argument("--trial", type=int, default=6, help="steps of each trial, default %(default)s")
    parser.add_argument("--epochs", type=int, default=4, help="default %(default)s")
    parser.add_argument("--seeds", type=int, nargs="+", help="whole trainings under these seeds")
    parser.add_argument("--adapt", choices=("none", "lora"), default="none", help="of --seeds: train our adapters too")
    parser.add_argument("--without_peers", action="store_true", help="of --seeds: ours alone")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def best_way(setting: QuestionAnswering, seed: int = 0) -> tuple[str, str]:
    """Returns the number format and the implementation of attention with which PyTorch trains fastest."""
    ways = itertools.product(("bfloat16", "float32"), ("sdpa", "eager"))
    speeds = trial_speeds(setting, ways, setting.flags.trial, seed)
    console.print(
        "PyTorch's trial, windows/s: " + ", ".join(f"{speed:.1f} {' '.join(way)}" for way, speed in speeds.items())
    )
    return max(speeds, key=lambda way: speeds[way])


def whole_trainings(setting: QuestionAnswering) -> Table:
    """Trains all sides to the end with each seed, one after the other, and returns the table of scores."""
    flags, way = setting.flags, None
    table = Table("seed", "", *SCORES.values(), "seconds", title=f"SQuAD 2.0, {flags.epochs} epochs")
    for seed in flags.seeds:
        with setting.ours(seed) as worker:
            worker.ask("plan")
            add_row(table, seed, "ours", worker)
        if flags.adapt == "lora":
            with setting.ours(seed, adapt="lora", rate=1e-3) as worker:
                add_row(table, seed, "ours, adapters", worker)
        if not flags.without_peers:
            way = way or best_way(setting, seed)
            with setting.theirs(way, seed) as worker:
                add_row(table, seed, f"PyTorch, {way[0]}", worker)
    return table


def add_row(table: Table, seed: int, who: str, worker: Worker) -> None:
    """Trains one side to the end, adds its scores to the table, and prints the table so far."""
    seconds = worker.ask("steps", count=ALL_STEPS)["seconds"]
    scores = worker.ask("scores")
    table.add_row(str(seed), who, *(f"{scores[name]:.1f}" for name in SCORES), f"{seconds:,.0f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
