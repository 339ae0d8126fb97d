"""Makes tests/checkpoints/peft_reference.npz: small random adapters of PEFT and what PyTorch computes with them.

Made by `.venv-peers/bin/python tests/checkpoints/peft_reference.py tests/checkpoints/peft_reference.npz`. The file
holds the bytes of the base's files, `base/file/NAME`, the inputs, `base/input/NAME`, and for each variant the files
that PEFT wrote, `VARIANT/file/NAME`, and the outputs, `VARIANT/output/NAME`.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from peft_model import make, run
from pytorch_model import make as make_model
from pytorch_reference import SHARED, inputs

# Without a head, so that every head comes from an adapter.
BASE: dict[str, Any] = SHARED | {"num_attention_heads": 2, "hidden_act": "gelu"}
CLASSIFIER: dict[str, Any] = {"task_type": "SEQ_CLS", "num_labels": 3, "r": 4, "lora_alpha": 8}
ATTENTION = ["query", "value"]
# Each setting that changes the numbers has an effect in some variant.
VARIANTS: dict[str, dict[str, Any]] = {
    "lora": CLASSIFIER | {"target_modules": ATTENTION},
    "patterns": CLASSIFIER
    | {
        "target_modules": r".*\.(self\.(query|key)|output\.dense|intermediate\.dense)",
        "exclude_modules": r".*layer\.1\.attention.*key",
        "rank_pattern": {"query": 2, r"layer\.1\.output\.dense": 5},
        "alpha_pattern": {r"0\.attention\.output\.dense": 3, r"\d\.intermediate\.dense": 20, "layer.0.query": 99},
    },
    "rank_stabilized": CLASSIFIER
    | {"target_modules": ATTENTION, "use_rslora": True, "rank_pattern": {"value": 9}, "init_lora_weights": "gaussian"},
    "all_linear": CLASSIFIER | {"target_modules": "all-linear", "bias": "lora_only", "fan_in_fan_out": True},
    "all_biases": CLASSIFIER | {"target_modules": ATTENTION, "bias": "all", "modules_to_save": ["pooler"]},
    "layers": CLASSIFIER
    | {"target_modules": ["dense"], "layers_to_transform": [1], "layers_pattern": "layer", "lora_bias": True},
    "magnitudes": CLASSIFIER | {"target_modules": ["key", "dense", "word_embeddings"], "use_dora": True, "r": 3},
    "embeddings": CLASSIFIER
    | {"target_modules": ["word_embeddings", "position_embeddings"], "modules_to_save": ["LayerNorm"]},
    "tokens": CLASSIFIER | {"target_modules": ATTENTION, "trainable_token_indices": [7, 3, 39]},
    "added_tokens": CLASSIFIER
    | {"target_modules": ATTENTION, "tokens": 2, "trainable_token_indices": {"word_embeddings": [41, 40]}},
    "saved_embeddings": CLASSIFIER
    | {"target_modules": ATTENTION, "tokens": 1, "modules_to_save": ["word_embeddings"], "num_labels": 1},
    "orthogonal": CLASSIFIER | {"target_modules": ATTENTION, "init_lora_weights": "orthogonal", "dtype": "float16"},
    "bfloat16": CLASSIFIER | {"target_modules": ATTENTION, "dtype": "bfloat16", "num_labels": 2},
    "questions": {"task_type": "QUESTION_ANS", "target_modules": ["query", "dense"], "r": 2},
    "features": {"task_type": "FEATURE_EXTRACTION", "target_modules": ["query", "dense"], "r": 2},
}


def main() -> None:
    """Writes the file that the command line names."""
    given = {name: value.astype(np.int8) for name, value in inputs(2).items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder / "base", BASE)
        arrays = files("base", folder / "base") | {f"base/input/{name}": value for name, value in given.items()}
        for seed, (variant, settings) in enumerate(VARIANTS.items()):
            make(folder / "base", folder / variant, settings | {"seed": seed})
            outputs = run(folder / variant, folder / "base", given)
            path = folder / variant / "adapter_config.json"
            config = json.loads(path.read_text(encoding="utf-8")) | {"base_model_name_or_path": "base"}
            path.write_text(json.dumps(config, indent=2), encoding="utf-8")
            arrays |= files(variant, folder / variant)
            arrays |= {f"{variant}/output/{name}": value for name, value in outputs.items()}
    np.savez_compressed(sys.argv[1], allow_pickle=False, **arrays)


def files(variant: str, folder: Path) -> dict[str, np.ndarray]:
    """Returns the bytes of the files of a folder, but those for readers."""
    paths = (path for path in folder.iterdir() if path.suffix in (".json", ".safetensors"))
    return {f"{variant}/file/{path.name}": np.frombuffer(path.read_bytes(), np.uint8) for path in paths}


if __name__ == "__main__":
    main()
