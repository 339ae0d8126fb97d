"""Measures how long a fresh process takes from a BERT-base in safetensors to its first answer, and its peak memory.

The process is `bert-keras predict` on one text. The memory that the model takes is its peak less that of the same
command with a tiny model, which TensorFlow and its libraries need. With `--before`, an older checkout takes turns.

Run: `python benchmarks/first_answer.py [--before CHECKOUT] [--rounds 5]`
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {
    "base": {"num_layers": 12, "num_heads": 12, "hidden_dim": 768, "intermediate_dim": 3072},
    "tiny": {"num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16},
}


def make(shape: str, folder: Path) -> Path:
    """Writes a random classifier as a Hugging Face folder, with the vocabulary of the default weights."""
    from bert_keras import BertBackbone, BertTokenizer, TextClassifier, checkpoints
    from bert_keras.checkpoints.bundled import bundled_folder
    from bert_keras.models import TextClassifierPreprocessor

    tokenizer = BertTokenizer(bundled_folder() / "vocab.txt", lowercase=True)
    backbone = BertBackbone(tokenizer.vocabulary_size(), **SHAPES[shape])
    classifier = TextClassifier(backbone, ["bad", "good"], TextClassifierPreprocessor(tokenizer, 512))
    return checkpoints.save_hugging_face(classifier, folder / shape)


def run(checkout: Path, model: Path, folder: Path) -> tuple[float, float]:
    """Returns the seconds and the peak memory in bytes of a process that labels a text."""
    text = folder / "text.txt"
    text.write_text("a charming journey\n", encoding="utf-8")
    command = [sys.executable, "-m", "pipelines.predict", "--model", str(model), "--output", str(folder / "out.jsonl")]
    with text.open("rb") as given:
        begun = time.perf_counter()
        environment = os.environ | {"PYTHONPATH": str(checkout)}
        process = subprocess.Popen([*command, "--input", "-"], cwd=checkout, env=environment, stdin=given)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{checkout}: the command failed with status {status}")
    return time.perf_counter() - begun, usage.ru_maxrss * 1024


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a checkout of an older version, to be measured in turns")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    checkouts = {"now": ROOT} | ({"before": arguments.before.resolve()} if arguments.before else {})
    table = Table("checkout", "seconds", "memory beyond the tiny model's, times the weights")
    with tempfile.TemporaryDirectory() as name:
        # In a process of their own: the peak that the system reports for a child includes what its parent had.
        with multiprocessing.get_context("spawn").Pool(1) as maker:
            models = {shape: maker.apply(make, (shape, Path(name))) for shape in SHAPES}
        weights = (models["base"] / "model.safetensors").stat().st_size
        found: dict[str, list[tuple[float, float]]] = {checkout: [] for checkout in checkouts}
        for _ in range(arguments.rounds):
            for checkout, path in checkouts.items():
                seconds, peak = run(path, models["base"], Path(name))
                found[checkout].append((seconds, (peak - run(path, models["tiny"], Path(name))[1]) / weights))
    for checkout, rounds in found.items():
        seconds, memory = (statistics.median(column) for column in zip(*rounds, strict=True))
        table.add_row(checkout, f"{seconds:.1f}", f"{memory:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
