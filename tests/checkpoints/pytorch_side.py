"""What PyTorch computes: from the committed file, or in a process of its own."""

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
REFERENCE = HERE / "pytorch_reference.npz"
FAMILY_REFERENCE = HERE / "pytorch_family_reference.npz"
PEERS = Path(os.environ.get("BERT_KERAS_PEERS", HERE.parents[1] / ".venv-peers" / "bin" / "python"))
# Of BERT-base.
BASE = {
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "vocab_size": 30522,
}
TOLERANCE = 1e-5


def unpacked(
    variant: str, folder: Path, reference: Path = REFERENCE
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Writes a variant's Hugging Face folder, and returns its inputs and what PyTorch computed of them."""
    with np.load(reference, allow_pickle=False) as file:
        parts = {name.removeprefix(f"{variant}/"): file[name] for name in file if name.startswith(f"{variant}/")}
    for name, content in parts.items():
        if name.startswith("file/"):
            (folder / name.removeprefix("file/")).write_bytes(content.tobytes())
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"word{number}" for number in range(35))]
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")

    def of(kind: str) -> dict[str, np.ndarray]:
        return {name.removeprefix(f"{kind}/"): value for name, value in parts.items() if name.startswith(f"{kind}/")}

    return {name: value.astype(np.int32) for name, value in of("input").items()}, of("output")


def pytorch_model(*arguments: str | Path) -> None:
    """Has PyTorch do something, in a process of its own."""
    if not PEERS.exists():
        pytest.skip(f"{PEERS} is not there; BERT_KERAS_PEERS names an interpreter with torch and transformers")
    command = [PEERS, HERE / "pytorch_model.py", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def in_pytorch(folder: Path, inputs: dict[str, Any], scratch: Path) -> dict[str, np.ndarray]:
    """Runs a Hugging Face folder in PyTorch."""
    np.savez(scratch / "inputs.npz", **inputs)
    pytorch_model("run", folder, scratch / "inputs.npz", scratch / "outputs.npz")
    with np.load(scratch / "outputs.npz", allow_pickle=False) as file:
        return dict(file)
