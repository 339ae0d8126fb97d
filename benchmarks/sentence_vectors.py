"""Measures texts per second of sentence vectors from strings, beside sentence-transformers on PyTorch and OpenVINO.

    python benchmarks/sentence_vectors.py --data DATA

All compute the vectors of the same rows with the default weights, in turns: `TextEncoder.encode` and
an export, in float32 and in bfloat16 where that is faster on the machine, `SentenceTransformer.encode` in float32 and
in bfloat16, and OpenVINO in bfloat16 behind `tokenizers`, with the texts sorted by length; each peer in the way that a
trial finds fastest. Printed are the medians, how many times as fast as each peer in bfloat16 each is, and the largest
difference of a vector from PyTorch's float32.
"""

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from peers import tables
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

from bert_keras.checkpoints.bundled import bundled_folder

SIZES = (32, 64, 128)
PEERS = ("PyTorch bfloat16", "OpenVINO bfloat16")
ASKED = "1.3 times PyTorch, 1 times OpenVINO"


def main() -> int:
    """Measures, prints a table, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds sst2/")
    parser.add_argument("--rows", type=int, default=4096, help="rows of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        table = tables.part_of(tables.sst2(flags.data, "train.tsv"), flags.rows, Path(name, "rows.tsv"))
        options = {"model": bundled_folder(), "table": table}
        workers = {
            way: stack.enter_context(Worker(OURS, "peers.bert_keras_vectors", way=way, folder=Path(name), **options))
            for way in ("encode", "export")
        }
        for precision in ("float32", "bfloat16"):
            worker = Worker(THEIRS, "peers.sentence_transformers_vectors", precision=precision, **options)
            workers[f"PyTorch {precision}"] = stack.enter_context(worker)
        workers["OpenVINO bfloat16"] = stack.enter_context(Worker(THEIRS, "peers.openvino_vectors", **options))
        for way, worker in workers.items():
            Console().print(f"{way}: {worker.ask('prepare', sizes=SIZES)['how']}")
        turns = [{way: worker.ask("vectors") for way, worker in workers.items()} for _ in range(flags.rounds)]
        Console().print(table_of(turns, flags.rows))
    return 0


def table_of(turns: list[dict[str, dict[str, object]]], rows: int) -> Table:
    """Returns a table with a line for each way, from the answers of each round by way."""
    seconds = {way: [float(str(turn[way]["seconds"])) for turn in turns] for way in turns[0]}
    medians = {way: statistics.median(of) for way, of in seconds.items()}
    vectors = {way: np.load(str(of["vectors"])) for way, of in turns[0].items()}
    table = Table("way", "texts/s", *(f"times {peer}" for peer in PEERS), "largest difference")
    for way, of in seconds.items():
        ratios = [
            statistics.median(theirs / mine for mine, theirs in zip(of, seconds[other], strict=True)) for other in PEERS
        ]
        apart = np.abs(vectors[way] - vectors["PyTorch float32"]).max()
        table.add_row(way, f"{rows / medians[way]:,.0f}", *(f"{ratio:.2f}" for ratio in ratios), f"{apart:.1g}")
    table.caption = f"asked: {ASKED}"
    return table


if __name__ == "__main__":
    sys.exit(main())
