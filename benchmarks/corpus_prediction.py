"""Measures `predict --engine ray` over made-up rows, beside `predict` in one process, and hurts it on the way.

Three predictions of the same rows by a BERT of one small layer: in one process; by Ray undisturbed; and by Ray with a
worker killed at a third of the rows, the driver killed at two thirds, and, where this user may mount one, a disk that
is full before the end and grows. The last must hold every row exactly once with the label of the first. Processor
time is that of all processes that a prediction starts, so the machine may be busy; memory is that of the driver.
Beside it stands what is left without the start, which is the time of a prediction of one block: a model as small as
this one waits for it longest.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from bert_keras import BertBackbone, BertTokenizer, TextClassifier
from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.serving import export

_TICKS = os.sysconf("SC_CLK_TCK")
_WORDS = 2000
_FEW = 2500  # rows, one block
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class Ended:
    """How a prediction went: exit status, seconds of processor time, wall time, megabytes of the driver."""

    status: int
    cpu: float
    wall: float
    memory: list[float]


def main() -> None:
    """Runs the predictions, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="default %(default)s")
    parser.add_argument("--workers", type=int, default=2, help="default %(default)s")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, flags.rows)
        ray = ("--engine", "ray", "--workers", str(flags.workers), "--output")
        starts = run(folder, "--output", "few.jsonl", rows="few.csv"), run(folder, *ray, "few", rows="few.csv")
        alone = run(folder, "--output", "alone.jsonl")
        undisturbed = run(folder, *ray, "undisturbed")
        compare(folder, "undisturbed")
        with small_disk(folder / "hurt") as grow:
            parts = -(-flags.rows // _FEW)
            run(folder, *ray, "hurt/out", hurt=kill_at(folder, parts // 3, parts * 2 // 3))
            full = run(folder, *ray, "hurt/out")
            grow()
            last = run(folder, *ray, "hurt/out") if full.status else full
            compare(folder, "hurt/out")
    show(flags.rows, alone, undisturbed, *starts)
    print(f"a worker and the driver killed, then exit {full.status}, then exit {last.status}: each row once")


def make(folder: Path, rows: int) -> None:
    """Writes a model, a file of rows, and one of few."""
    random = np.random.default_rng(0)
    words = sorted({"".join(word) for word in random.choice(list(_CONSONANTS), [_WORDS, 3])})
    vocabulary = folder / "vocab.txt"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_CONSONANTS, *(f"##{letter}" for letter in _CONSONANTS)]
    vocabulary.write_text("\n".join([*pieces, *words]) + "\n", encoding="utf-8")
    tokenizer = BertTokenizer(str(vocabulary), lowercase=True)
    backbone = BertBackbone(
        vocabulary_size=tokenizer.vocabulary_size(),
        num_layers=1,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        max_sequence_length=64,
    )
    preprocessor = TextClassifierPreprocessor(tokenizer, 64)
    export(TextClassifier(backbone, labels=["no", "yes"], preprocessor=preprocessor), folder / "model")
    for name, count in (("rows.csv", rows), ("few.csv", _FEW)):
        with (folder / name).open("w", encoding="utf-8") as file:
            file.write("text\n")
            for _ in range(count):
                file.write(" ".join(random.choice(words, random.integers(3, 20))) + "\n")


def run(folder: Path, *flags: str, rows: str = "rows.csv", hurt: Callable[[int], None] = lambda driver: None) -> Ended:
    """Runs a prediction, and watches the processor time of all its processes and the memory of the first."""
    command = [sys.executable, "-m", "pipelines.predict", "--model", "model", "--input", rows, *flags]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    begin = time.monotonic()
    driver = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    seconds: dict[int, float] = {}
    memory = []
    while driver.poll() is None:
        seconds |= {process: cpu_of(process) for process in family(driver.pid)}
        memory.append(memory_of(driver.pid))
        hurt(driver.pid)
        time.sleep(0.5)
    return Ended(driver.returncode, sum(seconds.values()), time.monotonic() - begin, [m for m in memory if m])


def family(process: int) -> list[int]:
    """Returns a process and all that it has started, and those have started."""
    found, parents = [process], {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
    for one in found:  # which grows meanwhile
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_of(process: int) -> float:
    """Returns the processor time of a process so far, in seconds."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def memory_of(process: int) -> float:
    """Returns the memory of a process that no other uses, in MB."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)
    return 0.0


def kill_at(folder: Path, worker_at: int, driver_at: int) -> Callable[[int], None]:
    """Returns a function that kills a worker, and later the driver, by the number of files that are written."""
    killed: list[int] = []

    def hurt(driver: int) -> None:
        parts = len(list((folder / "hurt" / "out").glob("part-*")))
        if parts >= worker_at and not killed:
            killed.extend(one for one in family(driver) if b"ray::_Worker" in command_of(one))
            os.kill(killed[0], signal.SIGKILL)
        if parts >= driver_at:
            os.kill(driver, signal.SIGKILL)

    return hurt


def command_of(process: int) -> bytes:
    """Returns the command line of a process."""
    return Path(f"/proc/{process}/cmdline").read_bytes()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], object]]:
    """Mounts a disk that the predictions do not fit on; yields a function that makes it larger."""
    folder.mkdir()
    size = sum(path.stat().st_size for path in (folder.parent / "undisturbed").glob("part-*")) * 9 // 10
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", str(folder)]).returncode == 0
    grow = ["mount", "-o", f"remount,size={size * 2}", str(folder)]
    try:
        yield lambda: mounted and subprocess.run(grow, check=True)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def compare(folder: Path, name: str) -> None:
    """Raises an error unless a folder holds every row once, with the label of the prediction in one process."""
    table = pq.read_table(folder / name, columns=["row", "text", "label"]).sort_by("row")
    expected = [(line["text"], line["label"]) for _, line in JsonLinesFile(str(folder / "alone.jsonl")).objects()]
    if table["row"].to_pylist() != list(range(len(expected))):
        raise SystemExit(f"{name}: {table.num_rows} rows, not every one of {len(expected)} once")
    if list(zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True)) != expected:
        raise SystemExit(f"{name}: other labels than in one process")


def show(rows: int, alone: Ended, undisturbed: Ended, alone_start: Ended, start: Ended) -> None:
    """Prints what was measured."""
    table = Table("", "rows per CPU-second", "rows a second", "MB of the driver: at a quarter, at the end")
    for name, ended in (("one process", alone), ("Ray", undisturbed)):
        memory = f"{ended.memory[len(ended.memory) // 4]:.0f}, {ended.memory[-1]:.0f}"
        table.add_row(name, f"{rows / ended.cpu:,.0f}", f"{rows / ended.wall:,.0f}", memory)
    Console().print(table)
    print(f"rows per CPU-second of Ray, beside one process: {alone.cpu / undisturbed.cpu:.2f}")
    without = (alone.cpu - alone_start.cpu) / (undisturbed.cpu - start.cpu)
    print(f"without the start, {start.cpu:.1f} and {alone_start.cpu:.1f} s of processors: {without:.2f}")


if __name__ == "__main__":
    main()
