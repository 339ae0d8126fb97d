"""Measures a search for options by one process, and by two that share it, in turns.

Both try as many learning rates and batch sizes for the default weights on a few hundred rows of SST-2, and are scored
on its dev rows. The time is that of the whole commands, until the last process ends.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

VARIED = ("learning_rate=1e-5..1e-3", "batch_size=8,16,32")
_BEST = re.compile(r"best so far: training \d+, ([0-9.]+)")


def main() -> None:
    """Searches in turns, prints each search, and a table at the end."""
    flags = parse()
    found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name:
        table = Path(name, "train.tsv")
        with (flags.data / "sst2" / "train.tsv").open(encoding="utf-8") as file:
            table.write_text("".join(next(file) for _ in range(flags.rows + 1)), encoding="utf-8")
        for turn in range(flags.turns):
            for processes, results in found.items():
                results.append(search(flags, table, Path(name, f"{processes}-{turn}"), processes, turn))
                print(f"{processes} of them: {results[-1][0]:.1f} s, best {results[-1][1]:.4f}", flush=True)
    Console().print(table_of(found))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder that holds sst2/")
    parser.add_argument("--rows", type=int, default=300, help="rows to train on, default %(default)s")
    parser.add_argument("--epochs", type=int, default=3, help="of each training, default %(default)s")
    parser.add_argument("--trials", type=int, default=8, help="trainings of a search, default %(default)s")
    parser.add_argument("--turns", type=int, default=3, help="default %(default)s")
    return parser.parse_args()


def search(flags: argparse.Namespace, train: Path, runs: Path, processes: int, seed: int) -> tuple[float, float]:
    """Returns the seconds that a search takes, and its best score on dev."""
    dev = flags.data / "sst2" / "dev.tsv"
    options: dict[str, Any] = {"train": train, "dev": dev, "runs": runs, "epochs": flags.epochs}
    options |= {"saved_models": runs, "max_length": 64}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "pipelines.search", "--vary", *VARIED, "--trials", str(flags.trials)]
    command += ["--seed", str(seed), "--", "classify", *words]
    begin = time.perf_counter()
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen(command, cwd=Path(__file__).parents[1], **pipes) for _ in range(processes)]
    told = [process.communicate()[0] for process in started]
    seconds = time.perf_counter() - begin
    if any(process.returncode for process in started):
        sys.exit("\n".join(told))
    return seconds, max(float(score) for text in told for score in _BEST.findall(text))


def table_of(found: dict[int, list[tuple[float, float]]]) -> Table:
    """Returns a line for each number of processes: the median time, and the best scores."""
    table = Table("processes", "seconds", "beside one", "best on dev")
    alone = statistics.median(seconds for seconds, _ in found[1])
    for processes, results in found.items():
        middle = statistics.median(seconds for seconds, _ in results)
        scores = " ".join(f"{score:.4f}" for _, score in results)
        table.add_row(str(processes), f"{middle:.1f}", f"{middle / alone:.2f}", scores)
    return table


if __name__ == "__main__":
    main()
