"""Adapters: what low-rank adaptation trained, apart from the weights that it stands beside.

A folder holds `adapter.json`, which names the base, and `adapter.safetensors`, in half precision: a few megabytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles
from bert_keras.checkpoints.weights import places
from bert_keras.errors import CheckpointError
from bert_keras.files.atomic import replaced_file

ADAPTER_CONFIG_FILE = "adapter.json"
ADAPTER_WEIGHTS_FILE = "adapter.safetensors"


@dataclass(frozen=True)
class Adapter:
    """What an adapter's folder holds.

    Attributes:
        base: The preset that it was trained over.
        base_weights: A hash of that preset's encoder.
        task: Name of the class: "SpanExtractor" or "TextClassifier".
        settings: Of the task, as its `get_config` has them.
        preprocessor: Settings of the preprocessor.
        rank: Of the adapters.
        alpha: Their scale times the rank.
        tensors: Trained values by name; those of the folder are read when they are asked for.
    """

    base: str
    base_weights: str
    task: str
    settings: dict[str, Any]
    preprocessor: dict[str, Any]
    rank: int
    alpha: float
    tensors: Mapping[str, np.ndarray]


def write_adapter(adapter: Adapter, folder: Path) -> None:
    """Writes an adapter into a folder that is there."""
    content = {name: getattr(adapter, name) for name in Adapter.__annotations__ if name != "tensors"}
    with replaced_file(folder / ADAPTER_WEIGHTS_FILE) as aside:
        save_file({name: tensor.astype(np.float16) for name, tensor in adapter.tensors.items()}, aside)
    with replaced_file(folder / ADAPTER_CONFIG_FILE) as aside:
        aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_adapter(folder: Path) -> Adapter:
    """Reads what `write_adapter` wrote.

    Args:
        folder: Where it is.

    Returns:
        The adapter.

    Raises:
        PresetError: No weights.
        CheckpointError: Files that are broken.
    """
    content = read_json(folder / ADAPTER_CONFIG_FILE)
    if not (folder / ADAPTER_WEIGHTS_FILE).exists():
        raise missing(folder, ADAPTER_WEIGHTS_FILE)
    kinds = {
        "base": str,
        "base_weights": str,
        "task": str,
        "settings": dict,
        "preprocessor": dict,
        "rank": int,
        "alpha": float,
    }
    wrong = [name for name, kind in kinds.items() if not isinstance(content.get(name), kind)]
    for name in wrong:
        kind = kinds[name].__name__
        raise CheckpointError(
            f"{folder / ADAPTER_CONFIG_FILE}: {name} must be a {kind}. Received: {content.get(name)!r:.80}"
        )
    if content["rank"] < 1:
        raise CheckpointError(f"{folder / ADAPTER_CONFIG_FILE}: rank must be 1 or above. Received: {content['rank']}")
    return Adapter(**{name: content[name] for name in kinds}, tensors=SafetensorsFiles(folder, ADAPTER_WEIGHTS_FILE))


def assign_adapted(folder: Path, adapter: Adapter, variables: Mapping[str, Any]) -> None:
    """Sets variables from an adapter.

    Args:
        folder: Where it is from.
        adapter: The adapter.
        variables: By the names of their tensors.

    Raises:
        CheckpointError: A tensor that is missing or of another shape.
    """
    for name, variable in variables.items():
        if name not in adapter.tensors:
            raise CheckpointError(
                f"{folder / ADAPTER_WEIGHTS_FILE}: no tensor {name}. Received: {len(adapter.tensors)} tensors; copy it again"
            )
        tensor = adapter.tensors[name]
        if tensor.shape != tuple(variable.shape):
            raise CheckpointError(
                f"{folder / ADAPTER_WEIGHTS_FILE}: tensor {name} has another shape. Received: {tensor.shape}, expected {tuple(variable.shape)}"
            )
        variable.assign(tensor)


def encoder_fingerprint(backbone: Any) -> str:
    """A hash of an encoder's weights, without a pooler, whatever kind of files they came from."""
    digest = hashlib.blake2b(digest_size=16)
    for place in places(backbone):
        if not place.name.startswith("pooler."):
            digest.update(place.name.encode() + place.read().tobytes())
    return digest.hexdigest()
