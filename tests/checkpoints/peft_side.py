"""Adapters that PEFT wrote, and what it computes with them: from the committed file, or in a process of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytorch_side import HERE, PEERS

REFERENCE = HERE / "peft_reference.npz"
TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"word{number}" for number in range(35)))
# The variants whose embedding got more tokens than the vocabulary of the base.
ADDED = {"added_tokens": 2, "saved_embeddings": 1}


def adapter(variant: str, root: Path, **changes: Any) -> Path:
    """Writes an adapter's folder beside that of its base, `base`.

    Args:
        variant: The name of the variant in the committed file.
        root: Where to.
        **changes: Settings of adapter_config.json to change.

    Returns:
        The folder of the adapter.
    """
    _unpack("base", root / "base")
    _write_vocabulary(root / "base", 0)
    folder = root / variant
    _unpack(variant, folder)
    if variant in ADDED:
        _write_vocabulary(folder, ADDED[variant])
    edit(folder, **({"base_model_name_or_path": str(root / "base")} | changes))
    return folder


def edit(folder: Path, **changes: Any) -> None:
    """Changes settings of an adapter."""
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def inputs() -> dict[str, np.ndarray]:
    """Returns the inputs of all variants."""
    return {name: value.astype(np.int32) for name, value in _parts("base/input/").items()}


def expected(variant: str) -> dict[str, np.ndarray]:
    """Returns what PyTorch computed."""
    return _parts(f"{variant}/output/")


def peft_model(*arguments: str | Path) -> None:
    """Has PEFT do something, in a process of its own."""
    if not PEERS.exists():
        pytest.skip(f"{PEERS} is not there; BERT_KERAS_PEERS names an interpreter with torch, transformers and peft")
    done = subprocess.run(
        list(map(str, (PEERS, HERE / "peft_model.py", *arguments))), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def in_peft(folder: Path, base: Path, given: dict[str, Any], scratch: Path) -> dict[str, np.ndarray]:
    """Runs an adapter in PyTorch."""
    np.savez(scratch / "inputs.npz", **given)
    peft_model("run", folder, base, scratch / "inputs.npz", scratch / "outputs.npz")
    with np.load(scratch / "outputs.npz", allow_pickle=False) as file:
        return dict(file)


def _unpack(variant: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _parts(f"{variant}/file/").items():
        (folder / name).write_bytes(content.tobytes())


def _parts(prefix: str) -> dict[str, np.ndarray]:
    with np.load(REFERENCE, allow_pickle=False) as file:
        return {name.removeprefix(prefix): file[name] for name in file if name.startswith(prefix)}


def _write_vocabulary(folder: Path, added: int) -> None:
    tokens = (*TOKENS, *(f"added{number}" for number in range(added)))
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
