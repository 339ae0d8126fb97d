"""Measures classifiers from 8 or 16 rows a label, beside setfit and beside plain fine-tuning.

All sides begin with the same MiniLM and learn from the same rows, one seed after the other and in turns; setfit trains
with its own defaults (one epoch over all pairs, oversampled; 16 pairs a step; learning rate 2e-5), or with
--num_iterations pairs a row. The side "self" is few_shot with --unlabelled more rows of the set, whose labels it is not
told: it learns from those that it labels most surely. The time is that of the training alone, tokenization included:
neither the import of libraries nor the loading of the weights. setfit needs an environment of its own, --python, with
what peers_setfit.txt names.
"""

import argparse
import contextlib
import csv
import json
import random
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from default_weights import default_weights
from peers.protocol import OURS, Worker
from rich.console import Console
from rich.table import Table
from student_interval import half_width

SETS = {
    "sst2": ("train.tsv", "dev.tsv", "sentence", "label"),
    "snips": ("train.tsv", "test.tsv", "text", "intent"),
    "banking77": ("train.csv", "test.csv", "text", "category"),
}
SIDES = ("setfit", "few_shot", "self", "plain")
Rows = list[tuple[str, str]]


def main() -> None:
    """Trains all sides in turns, prints each result as a line of JSON, and a table at the end."""
    flags = parse()
    weights = str(default_weights())
    found: dict[tuple[str, int, str], list[dict[str, float]]] = {}
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(Worker(OURS, "peers.bert_keras_few_shot", weights=weights))
        workers = dict.fromkeys(flags.sides, ours)
        if "setfit" in flags.sides:
            their = {"weights": weights, "num_iterations": flags.num_iterations}
            workers["setfit"] = stack.enter_context(Worker(flags.python, "peers.setfit_training", **their))
        for result in results(flags, workers):
            print(json.dumps(result), flush=True)
            found.setdefault((result["set"], result["rows"], result["side"]), []).append(result)
    Console().print(table_of(found))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder that holds sst2/, snips/ and banking77/")
    parser.add_argument("--python", type=Path, help="the Python of an environment with setfit 1.2")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS), help="default: all")
    parser.add_argument("--rows", nargs="+", type=int, default=[8, 16], help="rows a label, default %(default)s")
    parser.add_argument("--seeds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--test_rows", type=int, default=1000, help="the most rows to test on, default %(default)s")
    parser.add_argument("--num_iterations", type=int, help="setfit's, in place of all pairs")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES), help="default: all")
    parser.add_argument("--unlabelled", type=int, default=2000, help="rows without labels, default %(default)s")
    flags = parser.parse_args()
    if "setfit" in flags.sides and flags.python is None:
        parser.error("the side setfit needs --python")
    return flags


def results(flags: argparse.Namespace, workers: dict[str, Worker]) -> Iterator[dict[str, Any]]:
    """Yields what each side reached on each set, with each number of rows and each seed."""
    for name in flags.sets:
        train, test = (read(flags.data / name / file, *SETS[name][2:]) for file in SETS[name][:2])
        tested = random.Random(0).sample(test, min(flags.test_rows, len(test)))
        for rows in flags.rows:
            for seed in range(flags.seeds):
                texts, labels = zip(*sample(train, rows, seed), strict=True)
                others = [text for text, _ in random.Random(seed).sample(train, flags.unlabelled)]
                for side in flags.sides:
                    asked = {"texts": texts, "labels": labels, "seed": seed, "method": side}
                    asked |= {"unlabelled": others} if side == "self" else {}
                    took = workers[side].ask("learn", **asked)
                    answers = workers[side].ask("classify", texts=[text for text, _ in tested])["labels"]
                    right = sum(answer == label for answer, (_, label) in zip(answers, tested, strict=True))
                    reached = {"accuracy": right / len(tested), "tested": len(tested)}
                    yield {"set": name, "rows": rows, "seed": seed, "side": side} | reached | took


def read(path: Path, text: str, label: str) -> Rows:
    """Reads the texts and labels of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        tabs = path.suffix == ".tsv"
        quoting = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
        table = csv.DictReader(file, delimiter="\t" if tabs else ",", quoting=quoting)
        return [(row[text].strip(), row[label]) for row in table]


def sample(rows: Rows, each: int, seed: int) -> Rows:
    """Draws as many rows of each label, and shuffles them."""
    chance = random.Random(seed)
    by_label: dict[str, Rows] = {}
    for row in rows:
        by_label.setdefault(row[1], []).append(row)
    drawn = [row for label in sorted(by_label) for row in chance.sample(by_label[label], each)]
    chance.shuffle(drawn)
    return drawn


def table_of(found: dict[tuple[str, int, str], list[dict[str, float]]]) -> Table:
    """Returns a line for each side: the mean accuracy with Student's 95 % interval over seeds, and median seconds."""
    table = Table("set", "rows a label", "side", "accuracy", "95 % interval", "seconds", "CPU seconds", "seeds")
    for (name, rows, side), results in found.items():
        reached = [result["accuracy"] for result in results]
        mean = statistics.mean(reached)
        apart = half_width(reached)
        seconds, cpu = (statistics.median(result[of] for result in results) for of in ("seconds", "cpu"))
        numbers = (f"{mean:.4f}", f"±{apart:.4f}", f"{seconds:.1f}", f"{cpu:.1f}", str(len(results)))
        table.add_row(name, str(rows), side, *numbers)
    return table


if __name__ == "__main__":
    main()
