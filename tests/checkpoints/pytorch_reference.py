"""Makes tests/checkpoints/pytorch_reference.npz: small random BERTs and what PyTorch computes with them.

Made by `.venv-peers/bin/python tests/checkpoints/pytorch_reference.py tests/checkpoints/pytorch_reference.npz`.
The file holds for each variant the bytes of the files that transformers wrote, `VARIANT/file/NAME`, and the arrays
`VARIANT/input/NAME` and `VARIANT/output/NAME`.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pytorch_model import make, run

# Each setting that changes the numbers takes each of its values in some variant.
SHARED: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}
LABELS = {0: "negative", 1: "neutral", 2: "positive"}
CLASSIFIER = {
    "architecture": "BertForSequenceClassification",
    "id2label": LABELS,
    "label2id": {v: k for k, v in LABELS.items()},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "gelu": {"hidden_act": "gelu", "num_attention_heads": 4},
    "gelu_new": {"hidden_act": "gelu_new", "num_attention_heads": 2, "layer_norm_eps": 1e-5},
    "without_pooler": {"hidden_act": "gelu", "num_attention_heads": 4, "type_vocab_size": 1, "pooler": False},
    "large_epsilon": {"hidden_act": "relu", "num_attention_heads": 2, "layer_norm_eps": 1e-2},
    "classifier": {**CLASSIFIER, "hidden_act": "gelu", "num_attention_heads": 2, "classifier_dropout": 0.3},
    "classifier_relu": {
        **CLASSIFIER,
        "hidden_act": "relu",
        "num_attention_heads": 4,
        "type_vocab_size": 3,
        "layer_norm_eps": 1e-5,
    },
    "span_extractor": {"architecture": "BertForQuestionAnswering", "hidden_act": "gelu", "num_attention_heads": 2},
    "span_extractor_gelu_new": {
        "architecture": "BertForQuestionAnswering",
        "hidden_act": "gelu_new",
        "num_attention_heads": 4,
        "layer_norm_eps": 1e-5,
    },
}
LENGTHS = (32, 9, 1)
# Of the others the file keeps what comes out alone: it would be four times as large.
LOOKED_INTO = ("classifier", "classifier_relu", "span_extractor")
INSIDE = ("hidden_states", "attention")


def inputs(segments: int) -> dict[str, np.ndarray]:
    """Makes a padded batch with as many segments as a variant has."""
    random = np.random.default_rng(0)
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    token_ids = random.integers(0, SHARED["vocab_size"], mask.shape) * mask
    segment_ids = np.sort(random.integers(0, segments, mask.shape), axis=1) * mask
    return {"token_ids": token_ids, "segment_ids": segment_ids, "padding_mask": mask.astype(int)}


def variant(settings: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    """Makes a model of all these settings in a temporary folder, runs it, and returns all that the test needs."""
    given = {name: value.astype(np.int8) for name, value in inputs(settings.get("type_vocab_size", 2)).items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, settings | {"seed": seed})
        files = {f"file/{path.name}": np.frombuffer(path.read_bytes(), np.uint8) for path in folder.iterdir()}
        outputs = {f"output/{name}": value for name, value in run(folder, given).items()}
    return files | outputs | {f"input/{name}": value for name, value in given.items()}


def main() -> None:
    """Writes the file that the command line names."""
    arrays: dict[str, np.ndarray] = {}
    for seed, (name, settings) in enumerate(VARIANTS.items()):
        left_out = () if name in LOOKED_INTO else tuple(f"output/{part}" for part in INSIDE)
        arrays |= {
            f"{name}/{part}": value for part, value in variant(SHARED | settings, seed).items() if part not in left_out
        }
    np.savez_compressed(sys.argv[1], allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
