"""Measures strings per second of classification: this project, PyTorch and OpenVINO at their best, and a default.

All label the same rows with the same fine-tuned weights, some thousand rows per turn, one after the other. PyTorch and
OpenVINO sort the rows of a turn by length as this project does, tokenize with `tokenizers`, and run in the number
format, batch size and mode that a trial finds fastest. The default is `transformers` in float32 with batches of 32 in
arrival order. A second table is about this project's stream of answers: the time to the first answer, and the memory.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers import tables
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

TURN = 4096  # rows: the chunk of `classify`
FEW = 10_000  # rows of the shorter stream
FORMATS, SIZES = ("float32", "bfloat16"), (32, 64, 128)
console = Console()


@dataclass
class Contestant:
    """A program in the comparison.

    Attributes:
        name: The name in the table.
        worker: The process.
        rounds: The seconds of each round.
        labels: The predicted labels of all rows, by index.
    """

    name: str
    worker: Worker
    rounds: list[float] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)


def main() -> int:
    """Measures, and prints tables."""
    flags = parse()
    train = tables.sst2(flags.data, "train.tsv")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = flags.model.absolute() if flags.model else fine_tuned(flags, train, folder)
        table = tables.part_of(train, flags.rows, folder / "rows.tsv")
        rows = sum(1 for _ in table.open(encoding="utf-8")) - 1
        with ExitStack() as stack:
            contestants = list(started(flags, model, table, stack))
            for _ in range(flags.rounds):
                run_round(contestants, rows, flags.turn)
            console.print(table_of(contestants, rows))
        ours = Worker(OURS, "peers.bert_keras_prediction", model=model, table=table, precision=flags.precision)
        with ours:
            console.print(
                table_of_streams(
                    ours.ask("facts"), [ours.ask("stream", count=count) for count in sorted({min(FEW, rows), rows})]
                )
            )
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds sst2/")
    parser.add_argument(
        "--model", type=Path, help="Hugging Face folder of a classifier; without it one is trained for some steps"
    )
    parser.add_argument("--training_steps", type=int, default=150, help="of that training, default %(default)s")
    parser.add_argument("--rows", type=int, default=67_349, help="of train, drawn at random, default %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="over all rows, default %(default)s")
    parser.add_argument("--turn", type=int, default=TURN, help="rows of a turn, default %(default)s")
    parser.add_argument("--trial", type=int, default=512, help="rows of a trial, default %(default)s")
    parser.add_argument("--precision", choices=("auto", *FORMATS), default="auto", help="ours, default %(default)s")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def fine_tuned(flags: argparse.Namespace, train: Path, folder: Path) -> Path:
    """Trains the default model for some steps, and returns its Hugging Face folder."""
    import_tensorflow()
    from bert_keras.checkpoints import DEFAULT_PRESET

    with Worker(OURS, "peers.bert_keras_training", model=DEFAULT_PRESET, train=train, folder=folder) as worker:
        turn = worker.ask("steps", count=flags.training_steps)
        console.print(f"the model: {flags.training_steps} steps on SST-2, last loss {turn['loss']:.3f}")
        return Path(worker.ask("save", to=str(folder / "model"))["folder"])


def started(flags: argparse.Namespace, model: Path, table: Path, stack: ExitStack) -> Iterator[Contestant]:
    """Starts all four programs, and yields each in its fastest way."""

    def worker(python: Path, name: str, **options: Any) -> Worker:
        return stack.enter_context(Worker(python, f"peers.{name}", model=model, table=table, **options))

    ours = worker(OURS, "bert_keras_prediction", precision=flags.precision)
    ours.ask("classify", first=0, last=flags.trial)
    console.print(f"ours: {ours.ask('facts')['precision']}")
    yield Contestant("ours", ours)
    ways: dict[str, dict[str, Sequence[Any]]] = {
        "pytorch": {"precision": FORMATS, "batch_size": SIZES},
        "openvino": {"precision": FORMATS, "hint": ("THROUGHPUT", "LATENCY"), "batch_size": SIZES},
        "transformers": {},
    }
    for name, options in ways.items():
        peer = worker(flags.peers, f"{name}_prediction")
        yield Contestant(best_way(name, peer, options, flags.trial), peer)


def best_way(name: str, worker: Worker, options: dict[str, Sequence[Any]], rows: int) -> str:
    """Finds a peer's fastest way on some rows, one option after the other.

    Args:
        name: The peer's name.
        worker: The peer, which is left prepared in its fastest way.
        options: The values to try, by option.
        rows: The number of rows of a trial.

    Returns:
        The name and the way, for the table.
    """
    way = {option: values[0] for option, values in options.items()}
    for option, values in options.items():
        speeds = {value: speed_of(worker, way | {option: value}, rows) for value in values}
        way[option] = max(speeds, key=lambda value, speeds=speeds: speeds[value])
        tried = ", ".join(f"{speed:.0f} with {value}" for value, speed in speeds.items())
        console.print(f"{name}'s trial of its {option}, strings/s: {tried}")
    speed_of(worker, way, rows)
    return f"{name} ({', '.join(map(str, way.values())) or 'float32, 32 in arrival order'})"


def speed_of(worker: Worker, way: dict[str, Any], rows: int) -> float:
    """Returns a peer's rows per second in a way."""
    worker.ask("prepare", **way)
    worker.ask("classify", first=0, last=rows // 8)  # not counted: the first batches are slow
    return rows / worker.ask("classify", first=0, last=rows)["seconds"]


def run_round(contestants: list[Contestant], rows: int, turn: int) -> None:
    """Labels all rows once with each contestant, in turns of `turn` rows."""
    for contestant in contestants:
        contestant.rounds.append(0.0)
        contestant.labels.clear()
    for first in range(0, rows, turn):
        for contestant in contestants:
            answer = contestant.worker.ask("classify", first=first, last=min(first + turn, rows))
            contestant.rounds[-1] += answer["seconds"]
            contestant.labels += answer["labels"]


def table_of(contestants: list[Contestant], rows: int) -> Table:
    """Returns a table with a line per contestant: medians over the rounds."""
    ours = contestants[0]
    rounds = f"{len(ours.rounds)} rounds" if len(ours.rounds) > 1 else "1 round"
    table = Table(
        "", "strings/s", "ours is faster by", "range", "same labels", title=f"{rows:,} strings to labels, {rounds}"
    )
    for one in contestants:
        ratios = [theirs / own for own, theirs in zip(ours.rounds, one.rounds, strict=True)]
        same = statistics.mean(label == other for label, other in zip(one.labels, ours.labels, strict=True))
        speed = f"{rows / statistics.median(one.rounds):,.0f}"
        table.add_row(
            one.name, speed, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f}-{max(ratios):.2f}", f"{same:.2%}"
        )
    return table


def table_of_streams(facts: dict[str, Any], streams: list[dict[str, Any]]) -> Table:
    """Returns a table of the time to the first answer and the memory, by the number of rows."""
    loading = f"TensorFlow and the model took {facts['loading']:.1f} s to load"
    title = f"our stream of answers, in a process of its own; {loading}"
    table = Table("rows", "first answer after", "strings/s", "highest anonymous memory", title=title)
    for stream in streams:
        speed, memory = stream["rows"] / stream["seconds"], stream["anonymous"] / 10**6
        table.add_row(f"{stream['rows']:,}", f"{stream['first']:.2f} s", f"{speed:,.0f}", f"{memory:,.0f} MB")
    return table


if __name__ == "__main__":
    sys.exit(main())
