"""Measures what suggested rows teach: five rounds of `suggest`, beside as many rows drawn at random.

Each seed draws a part of the training rows as the pool. Both sides begin with nothing, label a round of rows, and fit
the same classifier to all that are labelled: a logistic regression on frozen vectors, as `suggest` itself does. The
accuracy is that on the test rows. Intervals are Student's over the seeds, of the difference those of its pairs.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from bert_keras.data import Columns, Source
from bert_keras.labelling import judged_by_rows, suggest, words_of, zero_shot

# Files to learn from and to test on, the columns, the rows of a round, and names of labels that the files lack.
SETS = {
    "banking77": ("banking77/train.csv", "banking77/test.csv", "text", "category", 77, {}),
    "snips": ("snips/train.tsv", "snips/test.tsv", "text", "intent", 7, {}),
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", "sentence", "label", 20, {"0": "negative", "1": "positive"}),
}
_MOST = 10_000  # rows of a pool
_LEVEL = 0.95


@dataclass(frozen=True)
class Rows:
    """Rows with their vectors and labels."""

    texts: list[str]
    labels: list[str]
    vectors: np.ndarray


@dataclass(frozen=True)
class Task:
    """A pool, test rows, and the vectors of the names of labels."""

    train: Rows
    test: Rows
    names: list[str]
    described: np.ndarray


Pick = Callable[[Rows, list[str | None], int, np.random.Generator], list[int]]
"""A function that chooses rows of a pool, given the labels so far."""


def main() -> None:
    """Runs all rounds, and prints and draws the curves."""
    flags = parse()
    curves: dict[str, dict[str, np.ndarray]] = {}
    for name in flags.sets:
        *_, count, _ = SETS[name]
        task = task_of(name, flags)
        sides: dict[str, Pick] = {"random": at_random, "suggested": suggested}
        if flags.names:
            sides["suggested, with names"] = by_names(task)
        curves[name] = {
            side: np.array([rounds(task, pick, count, flags, seed) for seed in range(flags.seeds)])
            for side, pick in sides.items()
        }
        Console(width=140).print(table_of(name, count, curves[name]))
        right = zero_shot(task.test.vectors, task.described).argmax(axis=1)
        found = np.mean([task.names[place] == label for place, label in zip(right, task.test.labels, strict=True)])
        Console(width=140).print(f"by names alone: {found:.3f} of {len(task.test.labels):,} test rows\n")
    if flags.picture:
        draw(curves, flags.picture)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with banking77/, snips/ and sst2/")
    parser.add_argument("--sets", nargs="*", choices=list(SETS), default=list(SETS), help="default all")
    parser.add_argument("--model", default="minilm_l6_en_uncased")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.8, help="of the training rows in a pool, default %(default)s")
    parser.add_argument("--names", action="store_true", help="also begin with the names of the labels")
    parser.add_argument("--picture", type=Path, help="a .png to draw the curves of the first set into")
    parser.add_argument("--cache", type=Path, help="a folder to keep vectors in")
    return parser.parse_args()


def task_of(name: str, flags: argparse.Namespace) -> Task:
    """Reads a data set, and embeds its texts and its labels' names."""
    train, test, text, label, _, renamed = SETS[name]
    cached = flags.cache and flags.cache / f"{name}.npz"
    read = [rows_of(flags.data / file, text, label) for file in (train, test)]
    order = np.random.RandomState(0).permutation(len(read[0][0]))[:_MOST].tolist()
    read[0] = ([read[0][0][row] for row in order], [read[0][1][row] for row in order])
    names = sorted(set(read[0][1]))
    if cached and cached.exists():
        kept = np.load(cached)
        vectors = [kept["train"], kept["test"], kept["names"]]
    else:
        from bert_keras.models import TextEncoder

        encoder = TextEncoder.from_preset(flags.model, dtype="float32")
        vectors = [
            encoder.encode(texts) for texts in (read[0][0], read[1][0], [words_of(renamed.get(n, n)) for n in names])
        ]
        if cached:
            cached.parent.mkdir(parents=True, exist_ok=True)
            np.savez(cached, train=vectors[0], test=vectors[1], names=vectors[2])
    return Task(Rows(*read[0], vectors[0]), Rows(*read[1], vectors[1]), names, vectors[2])


def rows_of(file: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """Returns the texts and the labels of a table."""
    rows = list(Source(str(file), Columns(text, label=label), "single_label"))
    return [row.text for row in rows], [str(row.target) for row in rows]


def rounds(task: Task, pick: Pick, count: int, flags: argparse.Namespace, seed: int) -> list[float]:
    """Returns the accuracy after each round."""
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(len(task.train.texts), round(flags.share * len(task.train.texts)), replace=False))
    texts, truth = ([of[row] for row in rows.tolist()] for of in (task.train.texts, task.train.labels))
    pool = Rows(texts, truth, task.train.vectors[rows])
    labels: list[str | None] = [None] * len(rows)
    found = []
    for _ in range(flags.rounds):
        for row in pick(pool, labels, count, random):
            labels[row] = pool.labels[row]
        found.append(accuracy(pool, labels, task.test))
    return found


def at_random(pool: Rows, labels: list[str | None], count: int, random: np.random.Generator) -> list[int]:
    """Draws rows without a label."""
    free = [row for row, label in enumerate(labels) if label is None]
    return random.choice(free, count, replace=False).tolist()


def suggested(pool: Rows, labels: list[str | None], count: int, random: np.random.Generator) -> list[int]:
    """Chooses as `bert-keras suggest` does."""
    judged = judged_by_rows(pool.vectors, labels)
    return [each.row for each in suggest(pool.texts, pool.vectors, labels, count, judged)]


def by_names(task: Task) -> Pick:
    """Returns a function that chooses as `bert-keras suggest --labels` does."""

    def pick(pool: Rows, labels: list[str | None], count: int, random: np.random.Generator) -> list[int]:
        judged = judged_by_rows(pool.vectors, labels, task.names, task.described)
        return [each.row for each in suggest(pool.texts, pool.vectors, labels, count, judged)]

    return pick


def accuracy(pool: Rows, labels: Sequence[str | None], test: Rows) -> float:
    """Fits the classifier to the labelled rows of the pool; returns its accuracy on the test rows."""
    vectors = np.concatenate([pool.vectors, test.vectors])
    judged = judged_by_rows(vectors, [*labels, *[None] * len(test.labels)])
    if judged is None:  # all rows have one label
        only = next(label for label in labels if label is not None)
        return float(np.mean([label == only for label in test.labels]))
    return float(judged.right([*[None] * len(pool.labels), *test.labels]).mean())


def table_of(name: str, count: int, curves: dict[str, np.ndarray]) -> Table:
    """Returns the mean accuracy after each round, with its interval, and the difference to random choice."""
    seeds, rounds_done = curves["random"].shape
    table = Table(f"{name}, {seeds} seeds", *(f"{count * (done + 1):,} rows" for done in range(rounds_done)))
    for side, of in curves.items():
        table.add_row(side, *(f"{mean:.3f} ± {half:.3f}" for mean, half in zip(*interval(of), strict=True)))
        if side != "random":
            more = zip(*interval(of - curves["random"]), strict=True)
            table.add_row("  more than random", *(f"{mean:+.3f} ± {half:.3f}" for mean, half in more))
    return table


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the means over the seeds `[rounds]`, and the half widths of their 95 % intervals."""
    seeds = len(values)
    half = stats.t.ppf((1 + _LEVEL) / 2, seeds - 1) * values.std(axis=0, ddof=1) / np.sqrt(seeds)
    return values.mean(axis=0), half


def draw(curves: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """Draws the curves of the first data set."""
    from bert_keras.reporting.drawing import SERIES, chart, legend

    name, sides = next(iter(curves.items()))
    count = SETS[name][4]
    figure, axes = chart(f"accuracy on the test rows of {name}", "labelled rows")
    for colour, (side, of) in zip(SERIES, sides.items(), strict=False):
        means, half = interval(of)
        rows = count * (1 + np.arange(len(means)))
        axes.errorbar(rows, means, half, color=colour, marker="o", linewidth=1.6, capsize=3, label=side)
    legend(axes)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
