"""Kills a training at random moments, restarts it until it ends, and compares the weights bit for bit.

Runs `bert-keras classify` on the demo's reviews, once undisturbed, and again with the same command each time it is
killed (SIGKILL). With several workers any one of their processes is killed. With `--few_shot` the training is that of
few rows, on the reviews that the demo measures on.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

PIPELINES = Path(__file__).parents[1] / "pipelines"
REVIEWS = PIPELINES / "samples" / "reviews"
# Small passes, so that all that is saved is tested; and where epochs are compared, the best one kept.
FINE_TUNING = {"config": PIPELINES / "configs" / "demo.yaml", "epochs": 2, "token_budget": 512, "patience": 1}
FEW_SHOT = {"train": REVIEWS / "dev.tsv", "dev": REVIEWS / "test.tsv", "few_shot": "always"}
WORKER_LOST = 3  # the exit status of a training of which another process was killed
EARLIEST = 3.0  # seconds: before that Python is still busy with imports


@dataclass(frozen=True)
class Attempt:
    """One process of a training.

    Attributes:
        seconds: The duration.
        killed: Whether it was killed.
        last_line: The last line of its output.
        checkpoint: Whether it left a checkpoint for the next attempt.
    """

    seconds: float
    killed: bool
    last_line: str
    checkpoint: bool


def main() -> int:
    """Runs the trainings, prints a table, and returns the exit status: 1 if any weights differ."""
    flags, console = parse(), Console(soft_wrap=True)
    shutil.rmtree(flags.output, ignore_errors=True)
    whole = attempt(flags, "undisturbed", None)
    console.print(f"undisturbed: {whole.seconds:.0f} s")
    chance, kills, rounds = random.Random(flags.seed), 0, []
    while kills < flags.kills:  # a run that ends between two kills is followed by another
        rounds.append(f"killed-{len(rounds) + 1}")
        killed = True
        while killed:
            seconds = chance.uniform(EARLIEST, whole.seconds) if kills < flags.kills else None
            one = attempt(flags, rounds[-1], seconds, chance)
            kills += one.killed
            # A run with a report is finished, even if it was killed afterwards.
            killed = one.killed and not (flags.output / rounds[-1] / "report.json").exists()
            console.print(f"{rounds[-1]}  {line(one)}")
    outcomes = {name: compare(flags.output, name) for name in rounds}
    console.print(table(outcomes, kills))
    return int(not all(equal for same in outcomes.values() for equal in same.values()))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the moments, default %(default)s")
    parser.add_argument(
        "--output", type=Path, default=Path("build/killed_runs"), help="of the runs, default %(default)s"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes of a training, default %(default)s")
    parser.add_argument("--few_shot", action="store_true", help="train on few rows by contrast")
    parser.add_argument("--model", default="minilm_l6_en_uncased", help="what to start from, default %(default)s")
    return parser.parse_args()


def attempt(
    flags: argparse.Namespace, name: str, seconds: float | None, chance: random.Random | None = None
) -> Attempt:
    """Starts the training, and kills it after some seconds.

    Args:
        flags: The command line.
        name: The name of the run; the command is the same for each attempt.
        seconds: The time until it is killed; `None` lets it end by itself.
        chance: Which of its processes is killed.

    Returns:
        The attempt.
    """
    options = (FEW_SHOT if flags.few_shot else FINE_TUNING) | {
        "name": name,
        "model": flags.model,
        "runs": flags.output,
        "saved_models": flags.output / "exports",
        "workers": flags.workers,
        "checkpoint_minutes": 0.02,  # a checkpoint about every second
        "overwrite": "false",
    }
    words = [word for option, value in options.items() for word in (f"--{option}", str(value))]
    log, begin = flags.output / f"{name}.log", time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        process = subprocess.Popen([sys.executable, "-m", "pipelines.classify", *words], stdout=out, stderr=out)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill((chance or random).choice([process.pid, *children(process.pid)]), signal.SIGKILL)
            status = process.wait()
    if status > 0 and status != WORKER_LOST:
        sys.exit(f"{name}: exit status {status}; see {log}")
    last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
    return Attempt(time.monotonic() - begin, status != 0, "".join(last), (flags.output / name / "checkpoint").exists())


def children(process: int) -> list[int]:
    """Returns the processes that a process has started."""
    return [int(of) for of in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def compare(output: Path, name: str) -> dict[str, bool]:
    """Returns, by file of weights, whether a killed run's bits equal those of the undisturbed run."""
    one, other = (output / run / "model" for run in ("undisturbed", name))
    names = sorted(
        path.relative_to(one).as_posix() for path in one.rglob("*") if path.suffix in (".h5", ".safetensors")
    )
    return {name: weights(one / name) == weights(other / name) for name in names} or {"no weights": False}


def weights(path: Path) -> dict[str, bytes]:
    """Returns the values in a file of weights by name, without what else the file holds, such as times."""
    if path.suffix == ".safetensors":
        return {path.name: path.read_bytes()}
    import h5py

    values: dict[str, bytes] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, entry: values.update({name: entry[()].tobytes()}) if isinstance(entry, h5py.Dataset) else None
        )
    return values


def line(one: Attempt) -> str:
    """Returns an attempt as a line of text."""
    how = "killed" if one.killed else "ended by itself"
    return f"{one.seconds:6.1f} s  {how}  {'checkpoint' if one.checkpoint else '-':10}  {one.last_line[:60]}"


def table(outcomes: dict[str, dict[str, bool]], kills: int) -> Table:
    """Returns a table with a line per run and file of weights."""
    result = Table("run", "weights", "", title=f"{kills} kills")
    for name, same in outcomes.items():
        for file, equal in same.items():
            result.add_row(name, file, "[green]the same bits[/]" if equal else "[red]differ[/]")
    return result


if __name__ == "__main__":
    sys.exit(main())
