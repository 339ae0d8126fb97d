"""Peak memory of training from a table that is larger than memory: made on the spot, read, encoded, trained from, and removed.

Two figures of memory, by phase. "Resident" is all that lies in memory; pages of mapped files count in it as long as
nobody else wants the space. "Anonymous" is what the process holds itself and the system cannot take back: that is the
one that must stay flat.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

WORDS = 5_000
ROWS_AT_A_TIME = 20_000
MEGABYTE = 10**6


def main() -> int:
    """Makes the file, measures in a process of its own, prints a table, removes the file; returns that process's exit status."""
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
    """Reads the command line."""
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
    """Makes up words of two to nine letters, each once."""
    random = np.random.default_rng(seed)
    letters = np.array(list("aeiounrstlmdkpbg"))
    return sorted({"".join(random.choice(letters, random.integers(2, 10))) for _ in range(WORDS)})


def make_table(path: Path, size: int, seed: int) -> int:
    """Writes rows of random words with a label until the file has a size.

    Args:
        path: The file.
        size: In bytes.
        seed: Of the words.

    Returns:
        How many rows.
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


class Memory:
    """Samples this process's memory in a thread, and keeps the highest figures of each phase."""

    def __init__(self) -> None:
        self.phases: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[dict[str, Any]]:
        """Measures what is done in a block; more may be written into what it yields."""
        peak: dict[str, Any] = {"phase": name, "VmRSS": 0, "RssAnon": 0}
        ended = threading.Event()
        thread = threading.Thread(target=self._sample, args=(peak, ended))
        begun = time.monotonic()
        thread.start()
        try:
            yield peak
        finally:
            peak["seconds"] = time.monotonic() - begun
            ended.set()
            thread.join()
        self.phases.append(peak)

    def _sample(self, peak: dict[str, Any], ended: threading.Event) -> None:
        while True:
            status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
            for name in ("VmRSS", "RssAnon"):
                peak[name] = max(peak[name], int(status[name].split()[0]) * 1024)
            if ended.wait(0.05):
                return


def measure(folder: Path, steps: int) -> list[dict[str, Any]]:
    """Reads, encodes and trains; returns the figures of each phase."""
    from bert_keras.runtime.tensorflow_import import import_tensorflow

    memory = Memory()
    with memory.phase("TensorFlow and a tiny model"):
        import_tensorflow()
        from bert_keras import data
        from bert_keras.data.batches import training_steps

        classifier = tiny_classifier(json.loads((folder / "words.json").read_text(encoding="ascii")))
    pack, fingerprint = classifier.preprocessor.pack, classifier.preprocessor.fingerprint
    source = data.Source(str(folder / "rows.tsv"), task="single_label")
    with memory.phase("reading alone") as phase:
        phase["rows"] = sum(len(block) for block in source.blocks())
    with memory.phase("encoding") as phase:
        train = data.encode(source, pack, fingerprint, folder / "cache")
        phase["rows"] = len(train)
    with memory.phase("finding it encoded") as phase:
        train = data.encode(source, pack, fingerprint, folder / "cache")
        phase["rows"] = len(train)
    with memory.phase("looking for duplicates") as phase:
        data.find_overlaps({"train": train})
        phase["rows"] = len(train)
    with memory.phase("planning an epoch") as phase:
        plan = training_steps(train.lengths, 32, 8192, 0, 0)
        phase["rows"] = len(train)
    with memory.phase(f"{steps} steps of training") as phase:
        phase["rows"] = train_steps(classifier, train, plan, steps)
    return memory.phases


def tiny_classifier(known: list[str]) -> Any:
    """A classifier of a vocabulary of these words, small enough that memory is that of the data."""
    from bert_keras import BertBackbone, BertTokenizer, TextClassifier
    from bert_keras.models import TextClassifierPreprocessor
    from bert_keras.text import SPECIAL_TOKENS

    tokenizer = BertTokenizer([*SPECIAL_TOKENS, *known], lowercase=True)
    shape = {"num_layers": 2, "num_heads": 2, "hidden_dim": 32, "intermediate_dim": 64, "max_sequence_length": 64}
    backbone = BertBackbone(vocabulary_size=len(known) + len(SPECIAL_TOKENS), **shape)
    return TextClassifier(backbone, labels=["0", "1", "2"], preprocessor=TextClassifierPreprocessor(tokenizer, 64))


def train_steps(classifier: Any, train: Any, plan: Any, steps: int) -> int:
    """Trains on the first steps of an epoch; returns how many rows that were."""
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
    """What was measured, as a table."""
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
        memory = (f"{phase[name] / MEGABYTE:,.0f}" for name in ("RssAnon", "VmRSS"))
        table.add_row(phase["phase"], f"{phase['seconds']:.1f}", rows, speed, *memory)
    return table


if __name__ == "__main__":
    sys.exit(main())
