"""Measures what many labels cost: the pictures of a run, beside those of another build, and the memory of a whole run.

The pictures are those that a run draws of its outputs: in TensorBoard after an epoch, in the run folder, and on the
page. Builds are measured in turns, each turn in a process of its own; `--before` names the folder of the other one. The
whole run trains, reports and exports on rows made on the spot, dev as many as train.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parents[1]
_CHILD = "--draw"


def main() -> None:
    """Measures, and prints a table of the pictures and a line about the run."""
    flags = parse()
    builds = {"this build": HERE} | ({"before": flags.before.resolve()} if flags.before else {})
    console = Console()
    for labels in flags.labels:
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in builds}
        for _ in range(flags.rounds):
            for name, folder in builds.items():
                turns[name].append(drawn(folder, labels))
        console.print(table_of(turns, labels))
    if flags.run:
        console.print(whole_run(flags.run, flags.rows, flags.model))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="folder of another build, measured in turns with this one")
    parser.add_argument("--labels", type=int, nargs="*", default=[150], help="labels of the pictures, default 150")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    parser.add_argument(
        "--run", type=int, default=5000, help="labels of the whole run, 0 for none; default %(default)s"
    )
    parser.add_argument("--rows", type=int, default=10_000, help="rows of train and of dev, default %(default)s")
    parser.add_argument("--model", default="minilm_l6_en_uncased", help="default %(default)s")
    return parser.parse_args()


def drawn(folder: Path, labels: int) -> dict[str, float]:
    """Draws the pictures with the build in a folder, in a new process; returns seconds and megabytes by picture."""
    command = [sys.executable, str(Path(__file__).resolve()), _CHILD, str(labels)]
    ended = subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )
    if ended.returncode:
        return {"failed": 1.0}
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def draw(labels: int) -> None:
    """Draws the pictures of a run of many labels, and prints seconds and the growth of the peak memory as JSON."""
    import numpy as np

    from bert_keras import evaluation, reporting

    random = np.random.default_rng(0)
    rows = 20 * labels
    targets = random.integers(labels, size=rows)
    outputs = random.random([rows, labels], np.float32)
    outputs[np.arange(rows), np.where(random.random(rows) < 0.8, targets, (targets + 1) % labels)] += labels / 10
    outputs /= outputs.sum(axis=1, keepdims=True)
    names = [f"intent number {place}" for place in range(labels)]
    counts = np.zeros([labels, labels], int)
    np.add.at(counts, (targets, outputs.argmax(axis=1)), 1)
    reporting.png(reporting.reliability_figure(evaluation.reliability(targets, outputs)))  # loads the fonts
    found: dict[str, float] = {}
    before, whole = peak(), time.perf_counter()
    for name, make in {
        "confusion in TensorBoard": lambda: reporting.png(reporting.confusion_figure(counts, names), dpi=100),
        "confusion_matrix.png": lambda: reporting.png(reporting.confusion_figure(counts, names)),
        "confusion on the page": lambda: reporting.svg(reporting.confusion_figure(counts, names), "confusion"),
        "calibration": lambda: reporting.png(
            reporting.reliability_figure(evaluation.reliability(targets, outputs)), dpi=100
        ),
    }.items():
        begin = time.perf_counter()
        make()
        found[f"{name}, s"] = time.perf_counter() - begin
    found["all of them, s"] = time.perf_counter() - whole
    found["all of them, MB"] = (peak() - before) / 1e6
    print(json.dumps(found))


def peak() -> int:
    """Returns the largest amount of memory that this process has held so far, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not tell the peak of memory")


def table_of(turns: dict[str, list[dict[str, float]]], labels: int) -> Table:
    """Returns a table of the medians of each build."""
    table = Table("", *turns, title=f"pictures of a run of {labels:,} labels, medians")
    names: dict[str, Any] = {name: None for of in turns.values() for turn in of for name in turn}
    for name in names:
        cells = []
        for of in turns.values():
            values = [turn[name] for turn in of if name in turn]
            cells.append(f"{statistics.median(values):.2f}" if values else "-")
        table.add_row(name, *cells)
    return table


def whole_run(labels: int, rows: int, model: str) -> str:
    """Trains, reports and exports on rows of many labels; returns a line about memory, time and files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for split in ("train", "dev"):
            write_rows(folder / "rows" / f"{split}.tsv", labels, rows)
        files = ["--train", "rows/train.tsv", "--dev", "rows/dev.tsv", "--name", "many", "--epochs", "1"]
        command = [sys.executable, "-m", "pipelines.classify", *files, "--model", model, "--max_length", "32"]
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(HERE)}, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds, run = time.perf_counter() - begin, folder / "runs" / "many"
        sizes = ", ".join(
            f"{file} {(run / file).stat().st_size / 1e6:.1f} MB" if (run / file).exists() else f"no {file}"
            for file in ("report.json", "report.html", "README.md", "predictions.jsonl", "confusion_matrix.png")
        )
        warned = "".join(f"\n{line}" for line in said.splitlines() if line.startswith(("warning", "error")))
        return (
            f"a run of {labels:,} labels, {rows:,} rows of train and of dev: "
            f"exit status {os.waitstatus_to_exitcode(status)}, peak {usage.ru_maxrss / 1e6:.2f} GB, {seconds:.0f} s; "
            f"{sizes}{warned}"
        )


def write_rows(path: Path, labels: int, rows: int) -> None:
    """Writes a table in which the words of a text name its label."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write("text\tlabel\n")
        for row in range(rows):
            label = row % labels
            file.write(f"please file this under {label // 100} and then {label % 100}, row {row}\tlabel {label}\n")


if __name__ == "__main__":
    if _CHILD in sys.argv:
        draw(int(sys.argv[sys.argv.index(_CHILD) + 1]))
    else:
        main()
