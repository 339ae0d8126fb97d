"""Measures how many flipped labels an audit finds, beside cleanlab on the same probabilities.

A share of the labels is flipped by a seed, each to another label. The rows are ranked by doubt; precision is the share
of flipped ones among as many rows as were flipped. Both sides rank by the same out-of-fold probabilities, so that the
difference is that of the ranking; beside it stands how many rows each takes for errors, and how many of them are.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from peers.protocol import THEIRS, Worker
from rich.console import Console
from rich.table import Table

from pipelines.audit.config import AuditConfig
from pipelines.audit.rows import AuditRows

TABLES = {
    "sst2": ("sst2/train.tsv", "sentence", "label"),
    "banking77": ("banking77/train.csv", "text", "category"),
}


def main() -> None:
    """Flips, audits, asks cleanlab, and prints the figures."""
    flags = parse()
    table = Table("data", "rows", "flipped", "judged by", "side", "precision at flipped", "in error", "flipped in them")
    for name in flags.sets:
        with tempfile.TemporaryDirectory() as folder:
            for row in measured(name, flags, Path(folder)):
                table.add_row(*row)
    Console(width=140).print(table)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with sst2/ and banking77/")
    parser.add_argument("--sets", nargs="*", choices=list(TABLES), default=list(TABLES), help="default all")
    parser.add_argument("--rows", type=int, default=0, help="a random part of the rows; 0, the default, for all")
    parser.add_argument("--share", type=float, default=0.05, help="of labels flipped, default %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--whole_training", action="store_true", help="train the whole model for each fold")
    parser.add_argument("--epochs", type=int, default=1, help="of the whole training, default %(default)s")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python with cleanlab, default %(default)s")
    parser.add_argument("--keep", type=Path, help="a file to keep probabilities, labels and flips in, .npz")
    return parser.parse_args()


def measured(name: str, flags: argparse.Namespace, folder: Path) -> list[list[str]]:
    """Returns the rows of the table for a data set."""
    labels, texts = rows_of(flags.data / TABLES[name][0], *TABLES[name][1:])
    random = np.random.default_rng(flags.seed)
    if flags.rows:
        chosen = np.sort(random.choice(len(labels), min(flags.rows, len(labels)), replace=False)).tolist()
        labels, texts = [labels[row] for row in chosen], [texts[row] for row in chosen]
    names = sorted(set(labels))
    flipped = random.choice(len(labels), round(flags.share * len(labels)), replace=False)
    for row in flipped.tolist():
        others = [label for label in names if label != labels[row]]
        labels[row] = others[random.integers(len(others))]
    file = folder / "train.jsonl"
    lines = (json.dumps({"text": text, "label": label}) for text, label in zip(texts, labels, strict=True))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    begin = time.perf_counter()
    config = AuditConfig(
        train=str(file),
        folds=flags.folds,
        whole_training=flags.whole_training,
        epochs=flags.epochs,
        runs=str(folder / "runs"),
    )
    rows = AuditRows(config)
    probabilities, given = rows.judged(), rows.encoded.targets.astype(np.int64)
    ours = rows.audit_of(probabilities)
    seconds = time.perf_counter() - begin
    kept = np.asarray(rows.encoded.lines) - 1  # rows without text are left out
    is_flipped = np.isin(kept, flipped)
    if flags.keep:
        np.savez(flags.keep.with_stem(f"{flags.keep.stem}-{name}"), p=probabilities, y=given, flipped=is_flipped)
    judge = f"whole training, {flags.epochs} epochs" if flags.whole_training else "frozen"
    about = [name, f"{len(given):,}", f"{is_flipped.sum():,}", f"{judge}, {flags.folds} folds, {seconds:.0f} s"]
    sides = {"bert_keras": (np.argsort(-ours.doubts.doubt, kind="stable"), ours.doubts.in_error)}
    for method, (order, in_error) in asked(flags.peers, folder, given, probabilities).items():
        sides[f"cleanlab, {method}"] = (order, in_error)
    return [[*about, side, *figures(order, in_error, is_flipped)] for side, (order, in_error) in sides.items()]


def figures(order: np.ndarray, in_error: np.ndarray, is_flipped: np.ndarray) -> list[str]:
    """Returns the precision at the number flipped, the rows taken for errors, and the share of those flipped."""
    first = is_flipped[order[: is_flipped.sum()]].mean()
    return [f"{first:.4f}", f"{in_error.sum():,}", f"{is_flipped[in_error].mean():.4f}"]


def asked(python: Path, folder: Path, given: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Returns cleanlab's order of the rows, and the rows that it takes for errors, by its ways to rank."""
    np.savez(folder / "judged.npz", labels=given, probabilities=probabilities)
    with Worker(python, "peers.cleanlab_ranking") as worker:
        answer = worker.ask("rank", file=str(folder / "judged.npz"))
    found = np.load(answer["file"])
    return {method: (found[method], found["in_error"]) for method in answer["methods"]}


def rows_of(file: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """Returns the labels and the texts of a table."""
    from bert_keras.data import Columns, Source

    rows = list(Source(str(file), Columns(text, label=label), "single_label"))
    return [str(row.target) for row in rows], [row.text for row in rows]


if __name__ == "__main__":
    main()
