"""Measures what weights of eight bits bring to an exported classifier, in LiteRT and in TensorFlow.

    python benchmarks/int8_weights.py --model runs/NAME --rows DATA/sst2/dev.tsv

The export takes token ids. LiteRT converts it with weights of 32 and of 8 bits (its dynamic range: products in int8);
TensorFlow runs it in float32 and in bfloat16, as it has no product of int8 weights on processors. All answer the same
rows in turns, one batch after the other, sorted by length. Printed are rows per second (median of the rounds), the size
of the file or folder, and how many rows get the label of float32.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

Run = Callable[[dict[str, np.ndarray]], np.ndarray]


def main() -> int:
    """Measures all ways in turns, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a classifier: a run, or another folder with one")
    parser.add_argument("--rows", required=True, type=Path, help="a table with a column of texts")
    parser.add_argument("--most", type=int, default=512, help="rows, default %(default)s")
    parser.add_argument("--batch_size", type=int, default=16, help="default %(default)s")
    parser.add_argument("--threads", type=int, default=2, help="of LiteRT, default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    flags = parser.parse_args()
    import_tensorflow()
    from bert_keras import TextClassifier

    classifier = TextClassifier.from_preset(flags.model, dtype="float32")
    batches = batches_of(classifier, flags)
    with tempfile.TemporaryDirectory() as name:
        ways = tensorflow_ways(classifier, Path(name)) | litert_ways(Path(name), flags.threads)
        labels = {way: answers(run, batches)[0] for way, (run, _) in ways.items()}
        turns = [{way: answers(run, batches)[1] for way, (run, _) in ways.items()} for _ in range(flags.rounds)]
    table = Table("way", "rows/s", "MB", "labels of float32")
    for way, (_, size) in ways.items():
        seconds = statistics.median(turn[way] for turn in turns)
        same = int(np.sum(labels[way] == labels["TensorFlow float32"]))
        count = len(labels[way])
        table.add_row(way, f"{count / seconds:,.1f}", f"{size / 1e6:.1f}", f"{same:,} of {count:,}")
    Console().print(table)
    return 0


def batches_of(classifier: Any, flags: argparse.Namespace) -> list[dict[str, np.ndarray]]:
    """Returns the token ids of the rows in batches of the export's inputs, sorted by length."""
    from bert_keras import data

    source, preprocessor = data.Source(str(flags.rows), task=None), classifier.preprocessor
    with tempfile.TemporaryDirectory() as cache:
        rows = data.encode(source, preprocessor.pack, preprocessor.fingerprint, cache)
    order = np.argsort(rows.lengths[: flags.most], kind="stable")
    return [rows.batch(order[first : first + flags.batch_size])[0] for first in range(0, len(order), flags.batch_size)]


def tensorflow_ways(classifier: Any, folder: Path) -> dict[str, tuple[Run, int]]:
    """Exports the classifier in both precisions; returns how each runs, and its size in bytes."""
    import tensorflow as tf

    from bert_keras import serving

    ways = {}
    for precision in ("float32", "bfloat16"):
        version = serving.export(classifier, folder / precision, precision=precision, signatures=("token_ids",))
        size = sum(file.stat().st_size for file in version.rglob("*") if file.is_file())
        ways[f"TensorFlow {precision}"] = (running(tf.saved_model.load(str(version)).signatures["token_ids"]), size)
    return ways


def running(signature: Any) -> Run:
    """Returns the function that calls a signature; it holds what the signature belongs to."""
    return lambda inputs: signature(**inputs)["probabilities"].numpy()


def litert_ways(folder: Path, threads: int) -> dict[str, tuple[Run, int]]:
    """Converts the export in float32 with weights of 32 and of 8 bits."""
    import tensorflow as tf

    (version,) = (folder / "float32").iterdir()
    ways = {}
    for bits, optimizations in ((32, []), (8, [tf.lite.Optimize.DEFAULT])):
        converter = tf.lite.TFLiteConverter.from_saved_model(str(version), signature_keys=["token_ids"])
        converter.optimizations = optimizations
        content = converter.convert()
        runner = tf.lite.Interpreter(model_content=content, num_threads=threads).get_signature_runner("token_ids")
        ways[f"LiteRT {bits} bits"] = (lambda inputs, runner=runner: runner(**inputs)["probabilities"], len(content))
    return ways


def answers(run: Run, batches: list[dict[str, np.ndarray]]) -> tuple[np.ndarray, float]:
    """Returns the index of each row's label, and the seconds."""
    begun = time.perf_counter()
    found = [run(batch).argmax(axis=-1) for batch in batches]
    return np.concatenate(found), time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
