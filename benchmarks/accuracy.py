"""Measures the default model's accuracy after short fine-tunings on three public data sets.

Runs `bert-keras classify` on each, and keeps what it writes. The table compares with the accuracy to reach and with
PyTorch's.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Task:
    """A data set, whose recipe is `pipelines/configs/NAME.yaml`.

    Attributes:
        name: The name of its folder.
        train: The file of training rows.
        dev: The file of evaluation rows.
        wanted: The accuracy to reach.
        pytorch: PyTorch's accuracy with the same recipe.
    """

    name: str
    train: str
    dev: str
    wanted: float
    pytorch: float


TASKS = {
    task.name: task
    for task in (
        Task("sst2", "train.tsv", "dev.tsv", wanted=0.89, pytorch=0.8945),
        Task("banking77", "train.csv", "test.csv", wanted=0.92, pytorch=0.9256),
        Task("snips", "train.tsv", "test.tsv", wanted=0.975, pytorch=0.9771),
    )
}
CONFIGS = Path(__file__).parents[1] / "pipelines" / "configs"


def main() -> int:
    """Runs the trainings, prints a table, and returns the exit status: 1 if an accuracy is not reached."""
    flags = parse()
    reports = {name: train(TASKS[name], flags) for name in flags.only or TASKS}
    Console().print(table_of(reports, flags.precision))
    return int(any(report is None or not reached(TASKS[name], report) for name, report in reports.items()))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder that holds sst2/, banking77/ and snips/")
    parser.add_argument("--only", action="append", choices=list(TASKS), help="one of them; may be repeated")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default %(default)s")
    parser.add_argument("--model", default="minilm_l6_en_uncased", help="what to start from, default %(default)s")
    parser.add_argument(
        "--output", type=Path, default=Path("build/accuracy"), help="of runs and exports, default %(default)s"
    )
    return parser.parse_args()


def train(task: Task, flags: argparse.Namespace) -> dict[str, Any] | None:
    """Runs one training in a process of its own.

    Args:
        task: The data set.
        flags: The command line.

    Returns:
        The content of the run's `report.json`; `None` if the run failed.
    """
    folder, name = flags.data / task.name, f"{task.name}-{flags.precision}-{flags.seed}"
    options = {
        "config": CONFIGS / f"{task.name}.yaml",
        "train": folder / task.train,
        "dev": folder / task.dev,
        "model": flags.model,
        "precision": flags.precision,
        "seed": flags.seed,
        "name": name,
        "runs": flags.output / "runs",
        "saved_models": flags.output / "saved_models",
        "overwrite": "true",
    }
    words = [word for option, value in options.items() for word in (f"--{option}", str(value))]
    status = subprocess.run([sys.executable, "-m", "pipelines.classify", *words]).returncode
    report = flags.output / "runs" / name / "report.json"
    return json.loads(report.read_text(encoding="utf-8")) if status == 0 else None


def reached(task: Task, report: dict[str, Any]) -> bool:
    """Returns whether the accuracy to reach is reached."""
    return report["metrics"]["accuracy"] >= task.wanted


def table_of(reports: dict[str, dict[str, Any] | None], precision: str) -> Table:
    """Returns a table with a line per data set."""
    table = Table(
        "data set", "accuracy", "to reach", "", "PyTorch", "seconds", "examples/s", title=f"training in {precision}"
    )
    for name, report in reports.items():
        task = TASKS[name]
        wanted, pytorch = f"{task.wanted:.4f}", f"{task.pytorch:.4f}"
        if report is None:
            table.add_row(name, "-", wanted, "[red]failed[/]", pytorch, "-", "-")
            continue
        verdict = "[green]reached[/]" if reached(task, report) else "[red]missed[/]"
        training = report["training"]
        speed = (f"{training['seconds']:,.0f}", f"{training['examples_per_second']:,.0f}")
        table.add_row(name, f"{report['metrics']['accuracy']:.4f}", wanted, verdict, pytorch, *speed)
    return table


if __name__ == "__main__":
    sys.exit(main())
