"""Measures the peak memory of training from a table that is larger than memory.

The table is made on the spot, read, encoded, trained from, and removed. Memory is reported in two figures by phase.
"Resident" is all that lies in memory; pages of mapped files count in it as long as nobody else needs the space.
"Anonymous" is what the process holds itself and the system cannot take back: this is the figure that must stay flat.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from peers.process_memory import watched_memory
from rich.console import Console
from rich.table import Table

WORDS = 5_000
ROWS_AT_A_TIME = 20_000
MEGABYTE = 10**6


def main() -> int:
    """Makes the table, measures in a new process, prints the figures, and returns that process's exit status."""
    flags = parse()
    if flags.measure:
        print(json.dumps(measure(flags.measure, flags.steps)))
        return 0
    folder = flags.folder.resolve()
    folder.mkdir(parents=True)
    try:
        begun = time.monotonic()
        rows = make_table(folder / "rows.tsv", int(flags.gigabytes * 10**9), flags.seed)
        size = (folder / "rows.tsv").stat().st_size
        print(f"{rows:,} rows, {size / MEGABYTE:,.0f} MB, made in {time.monotonic() - begun:.0f} s", flush=True)
        command = [sys.executable, __file__, "--measure", folder, "--steps", str(flags.steps)]
        child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if child.returncode == 0:
            Console().print(table_of(json.loads(child.stdout), size))
        return child.returncode
    finally:
        shutil.rmtree(folder)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5.0, help="size of the table, default %(default)s")
    parser.add_argument("--steps", type=int, default=50, help="of training, default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the words, default %(default)s")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("build/streaming"),
        help="a new one, default %(default)s; twice the size is needed",
    )
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # the other process
    return parser.parse_args()


def words(seed: int) -> list[str]:
    """Returns distinct random words of two to nine letters, sorted."""
    random = np.random.default_rng(seed)
    letters = np.array(list("aeiounrstlmdkpbg"))
    return sorted({"".join(random.choice(letters, random.integers(2, 10))) for _ in range(WORDS)})


def make_table(path: Path, size: int, seed: int) -> int:
    """Writes rows of random words with a label until the file reaches a size; writes `words.json` beside it.

    Args:
        path: The file.
        size: The size in bytes.
        seed: The seed of the words and rows.

    Returns:
        The number of rows.
    """
    random = np.random.default_rng(seed)
    known = np.array(words(seed), object)
    (path.parent / "words.json").write_text(json.dumps(known.tolist()), encoding="ascii")
    rows = 0
    with path.open("w", encoding="ascii") as file:
        file.write("text\tlabel\n")
        while file.tell() < size:
            lengths = random.integers(3, 40, ROWS_AT_A_TIME)
            chosen = iter(known[random.integers(0, len(known), lengths.sum())])
            labels = random.integers(0, 3, ROWS_AT_A_TIME)
            lines = (" ".join(next(chosen) for _ in range(length)) for length in lengths)
            file.writelines(f"{line}\t{label}\n" for line, label in zip(lines, labels, strict=True))
            rows += ROWS_AT_A_TIME
    return rows


class Phases:
    """The figures of each phase of a measurement.

    Attributes:
        figures: The name of each phase, its seconds and peak memory, and what the phase adds.
    """

    def __init__(self) -> None:
        self.figures: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[dict[str, Any]]:
        """Measures a block as a phase, and yields the dictionary to which the block may add figures."""
        more: dict[str, Any] = {"phase": name}
        with watched_memory() as peak:
            yield more
        self.figures.append(peak | more)


def measure(folder: Path, steps: int) -> list[dict[str, Any]]:
    """Reads, encodes and trains; returns the figures of each phase."""
    from bert_keras.runtime.tensorflow_import import import_tensorflow

    phases = Phases()
    with phases.phase("TensorFlow and a tiny model"):
        import_tensorflow()
        from bert_keras import data
        from bert_keras.data.batches import training_steps

        classifier = tiny_classifier(json.loads((folder / "words.json").read_text(encoding="ascii")))
    pack, fingerprint = classifier.preprocessor.pack, classifier.preprocessor.fingerprint
    source = data.Source(str(folder / "rows.tsv"), task="single_label")
    with phases.phase("reading alone") as phase:
        phase["rows"] = sum(len(block) for block in source.blocks())
    with phases.phase("encoding") as phase:
        train = data.encode(source, pack, fingerprint, folder / "cache")
        phase["rows"] = len(train)
    with phases.phase("finding it encoded") as phase:
        train = data.encode(source, pack, fingerprint, folder / "cache")
        phase["rows"] = len(train)
    with phases.phase("looking for duplicates") as phase:
        data.find_overlaps({"train": train})
        phase["rows"] = len(train)
    with phases.phase("planning an epoch") as phase:
        plan = training_steps(train.lengths, 32, 8192, 0, 0)
        phase["rows"] = len(train)
    with phases.phase(f"{steps} steps of training") as phase:
        phase["rows"] = train_steps(classifier, train, plan, steps)
    return phases.figures


def tiny_classifier(known: list[str]) -> Any:
    """Returns a classifier with a vocabulary of these words, so small that the data determines the memory."""
    from bert_keras import BertBackbone, BertTokenizer, TextClassifier
    from bert_keras.models import TextClassifierPreprocessor
    from bert_keras.text import SPECIAL_TOKENS

    tokenizer = BertTokenizer([*SPECIAL_TOKENS, *known], lowercase=True)
    shape = {"num_layers": 2, "num_heads": 2, "hidden_dim": 32, "intermediate_dim": 64, "max_sequence_length": 64}
    backbone = BertBackbone(vocabulary_size=len(known) + len(SPECIAL_TOKENS), **shape)
    return TextClassifier(backbone, labels=["0", "1", "2"], preprocessor=TextClassifierPreprocessor(tokenizer, 64))


def train_steps(classifier: Any, train: Any, plan: Any, steps: int) -> int:
    """Trains on the first steps of an epoch; returns the number of rows."""
    import keras
    import tensorflow as tf

    optimizer, rows_done = keras.optimizers.Adam(1e-4), 0
    optimizer.build(classifier.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(inputs: Any, targets: Any) -> None:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, classifier(inputs, training=True))
            loss = tf.reduce_mean(losses)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, classifier.trainable_variables), classifier.trainable_variables, strict=True)
        )

    for passes in plan[:steps]:
        for rows in passes:
            step(*train.batch(rows))
            rows_done += len(rows)
    return rows_done


def table_of(phases: list[dict[str, Any]], size: int) -> Table:
    """Returns a table with a line per phase."""
    table = Table(
        "phase",
        "seconds",
        "rows/s",
        "MB/s of the table",
        "anonymous, MB",
        "resident, MB",
        title="highest figures by phase",
    )
    for phase in phases:
        rows = f"{phase['rows'] / phase['seconds']:,.0f}" if "rows" in phase else ""
        speed = (
            f"{size / MEGABYTE / phase['seconds']:,.0f}"
            if phase["phase"] in ("reading alone", "encoding", "finding it encoded")
            else ""
        )
        memory = (f"{phase[name] / MEGABYTE:,.0f}" for name in ("anonymous", "resident"))
        table.add_row(phase["phase"], f"{phase['seconds']:.1f}", rows, speed, *memory)
    return table


if __name__ == "__main__":
    sys.exit(main())
