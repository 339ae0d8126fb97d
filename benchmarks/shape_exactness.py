"""Measures how far random BERTs of the published sizes are from PyTorch, loaded from the same Hugging Face folder.

For each size and activation PyTorch makes a `BertForSequenceClassification` and a `BertForQuestionAnswering` with
random weights and biases, and runs them on a padded batch of up to 512 tokens, in a process of its own; then this
process loads their folders and runs them.
Run: `python benchmarks/checkpoint_exactness.py [--peers .venv-peers/bin/python] [--sizes tiny base large]`; large needs
    5 GB of memory.
"""

import argparse
import gc
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bert_keras import TextClassifier
from bert_keras.models import SpanExtractor

ROOT = Path(__file__).resolve().parents[1]
VOCABULARY_SIZE = 30522
TOLERANCE = 1e-4
LABELS = {"0": "negative", "1": "neutral", "2": "positive"}
# The settings of each size, and the number of parameters of its encoder with the pooler.
SIZES: dict[str, tuple[dict[str, float], int | None]] = {
    "tiny": ({"layers": 2, "heads": 2, "hidden": 128, "initializer_range": 0.1}, None),
    "base": ({"layers": 12, "heads": 12, "hidden": 768, "initializer_range": 0.02}, 109_482_240),
    "large": ({"layers": 24, "heads": 16, "hidden": 1024, "initializer_range": 0.02}, 335_141_888),
}
ACTIVATIONS = ("gelu", "gelu_new", "relu")
HEADS = {"labels": "BertForSequenceClassification", "spans": "BertForQuestionAnswering"}
OUTPUTS = ("sequence_output", "pooled_output", "logits", "start", "end")


def settings(size: str, activation: str, head: str) -> dict[str, object]:
    """Returns the settings of a Hugging Face model of this size, activation and head."""
    shape, _ = SIZES[size]
    of_labels = {"id2label": LABELS, "label2id": {name: int(place) for place, name in LABELS.items()}}
    return (of_labels if head == "labels" else {}) | {
        "architecture": HEADS[head],
        "vocab_size": VOCABULARY_SIZE,
        "num_hidden_layers": shape["layers"],
        "num_attention_heads": shape["heads"],
        "hidden_size": shape["hidden"],
        "intermediate_size": 4 * shape["hidden"],
        "initializer_range": shape["initializer_range"],
        "hidden_act": activation,
    }


def batch() -> dict[str, np.ndarray]:
    """Returns a batch of random token ids: a row of 512 tokens and a padded one, with two segments each."""
    random = np.random.default_rng(0)
    lengths = np.array([[512], [57]])
    mask = (np.arange(512) < lengths).astype(np.int32)
    token_ids = random.integers(0, VOCABULARY_SIZE, mask.shape, dtype=np.int32) * mask
    return {
        "token_ids": token_ids,
        "segment_ids": (np.arange(512) >= lengths // 2).astype(np.int32) * mask,
        "padding_mask": mask,
    }


def in_pytorch(
    peers: Path, folder: Path, model: dict[str, object], inputs: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Makes a model in a folder, and returns PyTorch's outputs by name."""
    script = ROOT / "tests" / "checkpoints" / "pytorch_model.py"
    (folder / "settings.json").write_text(json.dumps(model), encoding="utf-8")
    np.savez(folder / "inputs.npz", allow_pickle=False, **inputs)
    for command, *files in (["make", "model", "settings.json"], ["run", "model", "inputs.npz", "out.npz"]):
        subprocess.run(
            [peers, script, command, *(folder / file for file in files)], check=True, stderr=subprocess.DEVNULL
        )
    with np.load(folder / "out.npz", allow_pickle=False) as file:
        return dict(file)


def compare(peers: Path, size: str, activation: str, head: str) -> tuple[dict[str, float], int]:
    """Returns the largest absolute difference of each output, and the number of the encoder's parameters."""
    inputs = batch()
    with tempfile.TemporaryDirectory() as name:
        expected = in_pytorch(peers, Path(name), settings(size, activation, head), inputs)
        tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        tokens += [f"token{place}" for place in range(len(tokens), VOCABULARY_SIZE)]
        (Path(name) / "model" / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
        task = (TextClassifier if head == "labels" else SpanExtractor).from_preset(str(Path(name) / "model"))
    found = {**task.backbone(inputs, training=False), **outputs_of_head(task, inputs, expected)}
    differences = {name: float(np.abs(np.asarray(value) - expected[name]).max()) for name, value in found.items()}
    assert task.backbone.count_params() == int(expected["parameters"])
    return differences, task.backbone.count_params()


def outputs_of_head(
    task: TextClassifier | SpanExtractor, inputs: dict[str, np.ndarray], expected: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Returns a head's logits; PyTorch's are filled in where ours are masked, since no answer can be there."""
    outputs = task(inputs, training=False)
    if isinstance(task, TextClassifier):
        assert task.labels == tuple(LABELS.values()) == tuple(expected["labels"])
        return {"logits": np.asarray(outputs)}
    closed = np.asarray(outputs["start"]) < -1e8
    assert 0.2 < closed.mean() < 0.9
    return {name: np.where(closed, expected[name], logits) for name, logits in outputs.items()}


def main() -> int:
    """Prints a row per model, and returns the exit status: 1 if one differs by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peers", type=Path, default=ROOT / ".venv-peers" / "bin" / "python", help="an interpreter with transformers"
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    arguments = parser.parse_args()
    print(
        f"{'size':<6} {'activation':<10} {'head':<6} {'parameters':>11} " + " ".join(f"{name:>15}" for name in OUTPUTS)
    )
    off = False
    for size, activation, head in itertools.product(arguments.sizes, ACTIVATIONS, HEADS):
        differences, parameters = compare(arguments.peers, size, activation, head)
        columns = (f"{differences[name]:15.1e}" if name in differences else f"{'-':>15}" for name in OUTPUTS)
        print(f"{size:<6} {activation:<10} {head:<6} {parameters:>11,} {' '.join(columns)}", flush=True)
        expected = SIZES[size][1]
        off |= max(differences.values()) > TOLERANCE or (head == "labels" and expected not in (None, parameters))
        gc.collect()
    return int(off)


if __name__ == "__main__":
    sys.exit(main())
