"""Measures answers per second of question answering from strings, in turns with PyTorch at its best.

Both answer the same questions about the same paragraphs with the same trained weights. PyTorch tokenizes with
`tokenizers`, sorts windows by length, decodes in NumPy, and runs in the number format and with the batch size that a
trial finds fastest.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from in_turns import Turns, medians_of, take_turns
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

TRIED = (("bfloat16", 16), ("bfloat16", 4096), ("autocast", 16), ("float32", 4096))
console = Console()


def main() -> int:
    """Measures, and prints a table."""
    flags = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = as_hugging_face(flags.model, Path(name, "model"))
        options: dict[str, Any] = {"model": folder, "questions": (flags.data / "squad" / "dev-v2.0.json").absolute()}
        with (
            Worker(OURS, "peers.bert_keras_qa_prediction", precision=flags.precision, **options) as ours,
            Worker(flags.peers, "peers.pytorch_qa_prediction", turns="yes", **options) as theirs,
        ):
            facts = ours.ask("facts")
            way = best_way(theirs, flags.trial)
            count = min(flags.questions, facts["questions"])
            for worker in (ours, theirs):  # not counted: the first answers of a process are slow
                worker.ask("answer", first=0, last=flags.trial)
            turns = take_turns(ours, theirs, flags.rounds, "answer", first=0, last=count)
    console.print(f"ours: {facts['precision']}")
    console.print(table_of(turns, count, f"{count:,} questions; PyTorch in {way[0]}, batches of {way[1]}"))
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squad/dev-v2.0.json")
    parser.add_argument("--model", default="minilm_l6_en_squad2", help="a preset that answers, default %(default)s")
    parser.add_argument("--questions", type=int, default=1315, help="of a turn, default %(default)s")
    parser.add_argument("--trial", type=int, default=160, help="questions of each trial, default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument(
        "--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="ours, default %(default)s"
    )
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def as_hugging_face(preset: str, folder: Path) -> Path:
    """Writes a preset as a Hugging Face folder, so that both sides load the same weights."""
    import_tensorflow()
    from bert_keras import SpanExtractor, checkpoints

    return checkpoints.save_hugging_face(SpanExtractor.from_preset(preset), folder)


def best_way(theirs: Worker, trial: int) -> tuple[str, int]:
    """Returns the number format and the batch size in which PyTorch answers fastest; leaves it prepared that way."""
    seconds = {}
    for precision, batch in TRIED:
        theirs.ask("prepare", precision=precision, batch=batch)
        theirs.ask("answer", first=0, last=16)
        seconds[precision, batch] = theirs.ask("answer", first=0, last=trial)["seconds"]
    console.print(
        "PyTorch's trial, answers/s: " + ", ".join(f"{trial / s:.1f} {way[0]} {way[1]}" for way, s in seconds.items())
    )
    best = min(seconds, key=lambda way: seconds[way])
    theirs.ask("prepare", precision=best[0], batch=best[1])
    return best


def table_of(turns: Turns, count: int, title: str) -> Table:
    """Returns a table with a line per round, and the medians."""
    table = Table("round", "ours\nanswers/s", "PyTorch\nanswers/s", "ratio", "same texts", title=title)
    figures = [(count / ours["seconds"], count / theirs["seconds"]) for ours, theirs in turns]
    for place, ((fast, slow), (ours, theirs)) in enumerate(zip(figures, turns, strict=True), 1):
        same = statistics.mean(one == other for one, other in zip(ours["answers"], theirs["answers"], strict=True))
        table.add_row(str(place), f"{fast:.1f}", f"{slow:.1f}", f"{fast / slow:.2f}", f"{100 * same:.1f} %")
    table.add_section()
    medians, ratio = medians_of(figures)
    table.add_row("median", *medians, ratio, "")
    return table


if __name__ == "__main__":
    sys.exit(main())
