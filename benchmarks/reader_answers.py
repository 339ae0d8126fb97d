"""Measures answers per second of question answering from strings, in turns with PyTorch and OpenVINO at their best.

All answer the same questions about the same paragraphs with the same trained weights. The peers tokenize with
`tokenizers`, sort windows by length, decode in NumPy, and run in the way that a trial finds fastest: PyTorch's number
format and size of batches, the hint and size of batches of OpenVINO in bfloat16.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from in_turns import Turns, medians_of, take_turns
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

PEERS = {
    "PyTorch": (
        "peers.pytorch_qa_prediction",
        {"turns": "yes"},
        [
            {"precision": precision, "batch": batch}
            for precision, batch in (("bfloat16", 16), ("bfloat16", 4096), ("autocast", 16), ("float32", 4096))
        ],
    ),
    "OpenVINO": (
        "peers.openvino_qa_prediction",
        {},
        [{"hint": hint, "batch": batch} for hint in ("THROUGHPUT", "LATENCY") for batch in (16, 4096)],
    ),
}
"""The worker of each peer, its options, and the ways that it is tried in."""
console = Console(width=110)


def main() -> int:
    """Measures beside each peer, and prints tables."""
    flags = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = as_hugging_face(flags.model, Path(name, "model"))
        options: dict[str, Any] = {"model": folder, "questions": (flags.data / "squad" / "dev-v2.0.json").absolute()}
        how = {"precision": flags.precision, "exported": "yes" if flags.exported else "no"}
        with Worker(OURS, "peers.bert_keras_qa_prediction", **how, **options) as ours:
            console.print(f"ours: {ours.ask('facts')['precision']}")
            for peer in flags.beside:
                console.print(beside(peer, ours, flags, options))
    return 0


def beside(peer: str, ours: Worker, flags: argparse.Namespace, options: dict[str, Any]) -> Table:
    """Answers in turns with a peer, and returns the table."""
    module, more, ways = PEERS[peer]
    with Worker(flags.peers, module, **more, **options) as theirs:
        way = best_way(peer, theirs, ways, flags.trial)
        count = min(flags.questions, ours.ask("facts")["questions"])
        for worker in (ours, theirs):  # not counted: the first answers of a process are slow
            worker.ask("answer", first=0, last=flags.trial)
        turns = take_turns(ours, theirs, flags.rounds, "answer", first=0, last=count)
    return table_of(turns, count, peer, way)


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
    parser.add_argument("--exported", action="store_true", help="ours from the SavedModel of the preset")
    parser.add_argument("--beside", nargs="+", choices=PEERS, default=list(PEERS), help="default %(default)s")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def as_hugging_face(preset: str, folder: Path) -> Path:
    """Writes a preset as a Hugging Face folder, so that both sides load the same weights."""
    import_tensorflow()
    from bert_keras import SpanExtractor, checkpoints

    return checkpoints.save_hugging_face(SpanExtractor.from_preset(preset), folder)


def best_way(peer: str, theirs: Worker, ways: Sequence[dict[str, Any]], trial: int) -> str:
    """Returns the way in which a peer answers fastest, in words; leaves it prepared that way."""
    speeds = {}
    for place, way in enumerate(ways):
        theirs.ask("prepare", **way)
        theirs.ask("answer", first=0, last=16)
        speeds[place] = trial / theirs.ask("answer", first=0, last=trial)["seconds"]
    said = [f"{', '.join(map(str, way.values()))}" for way in ways]
    told = "; ".join(f"{speed:.1f} {said[place]}" for place, speed in speeds.items())
    console.print(f"{peer}'s trial, answers/s: {told}")
    best = max(speeds, key=lambda place: speeds[place])
    theirs.ask("prepare", **ways[best])
    return said[best]


def table_of(turns: Turns, count: int, peer: str, way: str) -> Table:
    """Returns a table with a line per round, and the medians."""
    title = f"{count:,} questions; {peer}: {way}"
    table = Table("round", "ours\nanswers/s", f"{peer}\nanswers/s", "ratio", "same texts", title=title)
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
