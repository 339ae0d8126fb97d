"""Measures training and prediction on a GPU, in turns with PyTorch at its best there, and prints one table.

PyTorch at its best is `transformers` with sdpa in bfloat16, compiled by `torch.compile`, with fused AdamW and
`tokenizers`. Both train on the same random rows of 128 tokens in the same steps, so that nothing is compiled anew in a
turn, and label the same random rows of 8 to 128 tokens with the same weights, from strings, sorted by length.

It needs a GPU that TensorFlow and PyTorch can use: requirements-gpu.txt here, and a PyTorch for CUDA in .venv-peers.
Where there is none it measures nothing, and says so. `--device cpu` tries the measurement itself on the processor.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from default_weights import default_weights
from in_turns import Sides, Turns, medians_of, take_turns, train_in_turns
from peers import tables
from peers.protocol import OURS, THEIRS, Worker
from prediction_speed import speed_of
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

LONGEST, SHORTEST = 128, 8  # tokens of a row
SIZES = (64, 256, 1024)  # rows of PyTorch's batches in prediction, of which a trial finds the best
NAMES = {"minilm": "MiniLM", "base": "BERT-base, random weights"}
DEVICES = {"gpu": "cuda", "cpu": "cpu"}
console = Console()


@dataclass(frozen=True)
class OnDevice(Sides):
    """The fine-tuning of a classifier on a device.

    Attributes:
        model: `minilm`, or `base` for random weights of that shape.
        train: The table of training rows.
    """

    model: str
    train: Path

    @property
    def named(self) -> Any:
        """The model, as both workers take it."""
        return "base" if self.model == "base" else self.weights

    def ours(self, seed: int = 0) -> Worker:
        """Starts this project's worker."""
        options = {"folder": self.folder, "precision": self.flags.precision, "batch_size": self.flags.batch_size}
        return Worker(OURS, "peers.bert_keras_training", model=self.named, train=self.train, seed=seed, **options)

    def theirs(self, way: Any, seed: int = 0) -> Worker:
        """Starts PyTorch's worker, in a number format."""
        options = {
            "vocabulary": self.weights,
            "plan": self.folder / f"plan-{seed}.npz",
            "precision": way,
            "device": DEVICES[self.flags.device],
            "compile": "yes",
        }
        return Worker(
            self.flags.peers, "peers.pytorch_training", model=self.named, train=self.train, seed=seed, **options
        )


def main() -> int:
    """Measures, and prints the table."""
    flags = parse()
    device = device_of(flags.device)
    weights = default_weights()
    table = Table(
        "work", "ours\nrows/s", "PyTorch\nrows/s", "ratio", "range", "same labels", title=f"{device}; PyTorch compiled"
    )
    for model in flags.models:
        with tempfile.TemporaryDirectory() as name:
            sides = made(flags, model, Path(name), weights)
            turns, *_ = train_in_turns(sides, lambda sides: "bfloat16")
            what = f"train {NAMES[model]}, {flags.batch_size} rows of {LONGEST} tokens a step"
            table.add_row(what, *speeds_of(turns, flags.batch_size * flags.steps), "")
            turns, labels = predict_in_turns(sides)
            what = f"label {flags.rows:,} rows of {SHORTEST} to {LONGEST} tokens by {NAMES[model]}"
            table.add_row(what, *speeds_of(turns, flags.rows), f"{labels:.2%}")
    console.print(table)
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=tuple(DEVICES), default="gpu", help="cpu: to try this program")
    parser.add_argument("--models", choices=tuple(NAMES), nargs="+", default=list(NAMES), help="default both")
    parser.add_argument("--batch_size", type=int, default=128, help="rows of a training step, default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--steps", type=int, default=30, help="of a turn of training, default %(default)s")
    parser.add_argument("--trial", type=int, default=10, help="steps that warm up, default %(default)s")
    parser.add_argument("--rows", type=int, default=16_384, help="of a turn of prediction, default %(default)s")
    parser.add_argument(
        "--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="ours, default %(default)s"
    )
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def device_of(wanted: str) -> str:
    """Returns the name of the device that both sides compute on; ends the program if there is no GPU to use."""
    if wanted == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # of the workers too
        console.print("a trial on the processor: its figures say nothing about a GPU", style="yellow")
        return "the processor, no GPU"
    import_tensorflow()
    from bert_keras.runtime.gpu import gpu_in_use, unused_gpus

    gpu = gpu_in_use()
    if gpu is None:
        there = "".join(f" (there is {name}; requirements-gpu.txt has what it needs)" for name in unused_gpus()[:1])
        sys.exit(
            f"TensorFlow can use no GPU here{there}: nothing is measured. --device cpu tries the measurement itself; "
            "training_speed.py and prediction_speed.py measure a processor"
        )
    return gpu


def made(flags: argparse.Namespace, model: str, folder: Path, weights: Path) -> OnDevice:
    """Returns the two sides, once the table of training rows is written."""
    rows = flags.batch_size * (flags.trial + flags.steps * flags.rounds)
    train = tables.rows_of_length(LONGEST, rows, weights / "vocab.txt", folder / "train.tsv")
    return OnDevice(flags, folder, weights, model, train)


def predict_in_turns(sides: OnDevice) -> tuple[Turns, float]:
    """Labels the same rows with both sides in turns; returns both answers of each round, and the share of same labels.

    The weights are those after the first steps of a training.
    """
    flags = sides.flags
    table = tables.rows_of_length(
        LONGEST, flags.rows, sides.weights / "vocab.txt", sides.folder / "rows.tsv", shortest=SHORTEST
    )
    with sides.ours() as worker:
        worker.ask("steps", count=flags.trial)
        model = worker.ask("save", to=str(sides.folder / "model"))["folder"]
    of_both = {"model": model, "table": table}
    with (
        Worker(OURS, "peers.bert_keras_prediction", precision=flags.precision, **of_both) as ours,
        Worker(flags.peers, "peers.pytorch_prediction", **of_both) as theirs,
    ):
        prepare_best(theirs, flags)
        ours.ask("classify", first=0, last=flags.rows)  # not counted: the first batches are slow
        turns = take_turns(ours, theirs, flags.rounds, "classify", first=0, last=flags.rows)
    own, other = (turn["labels"] for turn in turns[0])
    return turns, statistics.mean(one == two for one, two in zip(own, other, strict=True))


def prepare_best(theirs: Worker, flags: argparse.Namespace) -> None:
    """Prepares PyTorch for prediction, in batches of the size that a trial finds fastest."""
    way = {"precision": "bfloat16", "device": DEVICES[flags.device], "compiled": True}
    sizes = [size for size in SIZES if size <= flags.rows] or [flags.rows]
    speeds = {size: speed_of(theirs, way | {"batch_size": size}, flags.rows) for size in sizes}
    best = max(speeds, key=lambda size: speeds[size])
    tried = ", ".join(f"{speed:.0f} by {size}" for size, speed in speeds.items())
    console.print(f"PyTorch's trial of its batch size, rows/s: {tried}; so {best}")
    speed_of(theirs, way | {"batch_size": best}, flags.rows)


def speeds_of(turns: Turns, rows: int) -> list[str]:
    """Returns the cells of a line from both answers of each round, of `rows` rows each.

    They are the median speeds, the median of their ratios, and its range.
    """
    figures = [(rows / ours["seconds"], rows / theirs["seconds"]) for ours, theirs in turns]
    speeds, ratio = medians_of(figures)
    ratios = [ours / theirs for ours, theirs in figures]
    return [*speeds, ratio, f"{min(ratios):.2f}-{max(ratios):.2f}"]


if __name__ == "__main__":
    sys.exit(main())
