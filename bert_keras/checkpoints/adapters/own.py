"""Reads and writes adapters: the weights that low-rank adaptation trained, without those of the base preset.

An adapter's folder holds `adapter.json`, which names the base preset, and `adapter.safetensors`, a few megabytes in
half precision.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.files import missing, read_json, write_json
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles, write_safetensors
from bert_keras.checkpoints.weights import places
from bert_keras.errors import CheckpointError
from bert_keras.files.atomic import replaced_file

ADAPTER_CONFIG_FILE = "adapter.json"
"""The file of an adapter's folder that names its base and holds its settings."""
ADAPTER_WEIGHTS_FILE = "adapter.safetensors"
"""The file of an adapter's folder that holds what was trained."""


@dataclass(frozen=True)
class Adapter:
    """The contents of an adapter's folder.

    Attributes:
        base: The preset that the adapter was trained on.
        base_weights: A hash of the encoder weights of that preset.
        task: The class name of the task: "SpanExtractor" or "TextClassifier".
        settings: The `settings` of the task.
        preprocessor: The `settings` of the preprocessor.
        rank: The rank of the adapters.
        alpha: The scale of the adapters, times the rank.
        tensors: The trained values by name; those of a folder are read lazily.
        base_of_base: The model below the base, if the base is an adapter of PEFT that was loaded over another model
            than the one it names.
    """

    base: str
    base_weights: str
    task: str
    settings: dict[str, Any]
    preprocessor: dict[str, Any]
    rank: int
    alpha: float
    tensors: Mapping[str, np.ndarray]
    base_of_base: str | None = None


def write_adapter(adapter: Adapter, folder: Path) -> None:
    """Writes an adapter to an existing folder, in half precision but for the head of a regression.

    That head holds the unit of its numbers: half precision ends at 65,504, and rounds a mean of 30,000 by 8.
    """
    numbers = adapter.settings.get("task") == "regression"
    content = {name: getattr(adapter, name) for name in Adapter.__annotations__ if name != "tensors"}
    if adapter.base_of_base is None:
        del content["base_of_base"]
    with replaced_file(folder / ADAPTER_WEIGHTS_FILE) as aside:
        write_safetensors(
            {
                name: tensor.astype(np.float32 if numbers and name.startswith("head.") else np.float16)
                for name, tensor in adapter.tensors.items()
            },
            aside,
        )
    with replaced_file(folder / ADAPTER_CONFIG_FILE) as aside:
        write_json(aside, content)


def read_adapter(folder: Path) -> Adapter:
    """Reads an adapter that `write_adapter` wrote.

    Args:
        folder: The folder of the adapter.

    Returns:
        The adapter.

    Raises:
        PresetError: The weights file is missing.
        CheckpointError: A file is broken.
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
    below = content.get("base_of_base")
    if not isinstance(below, str | None):
        raise CheckpointError(f"{folder / ADAPTER_CONFIG_FILE}: base_of_base must be a str. Received: {below!r:.80}")
    if content["rank"] < 1:
        raise CheckpointError(f"{folder / ADAPTER_CONFIG_FILE}: rank must be 1 or above. Received: {content['rank']}")
    tensors = SafetensorsFiles(folder, ADAPTER_WEIGHTS_FILE)
    return Adapter(**{name: content[name] for name in kinds}, tensors=tensors, base_of_base=below)


def assign_adapted(folder: Path, adapter: Adapter, variables: Mapping[str, Any]) -> None:
    """Assigns the tensors of an adapter to variables.

    Args:
        folder: The folder of the adapter, for error messages.
        adapter: The adapter.
        variables: The variables, by tensor name.

    Raises:
        CheckpointError: A tensor is missing or has the wrong shape.
    """
    for name, variable in variables.items():
        if name not in adapter.tensors:
            raise CheckpointError(
                f"{folder / ADAPTER_WEIGHTS_FILE}: no tensor {name}. Received: {len(adapter.tensors)} tensors; copy it "
                "again"
            )
        tensor = adapter.tensors[name]
        if tensor.shape != tuple(variable.shape):
            raise CheckpointError(
                f"{folder / ADAPTER_WEIGHTS_FILE}: tensor {name} has another shape. Received: {tensor.shape}, "
                f"expected {tuple(variable.shape)}"
            )
        variable.assign(tensor)


def encoder_fingerprint(backbone: Any) -> str:
    """Returns a hash of an encoder's weights without the pooler, independent of the format they were loaded from."""
    digest = hashlib.blake2b(digest_size=16)
    for place in places(backbone):
        if not place.name.startswith("pooler."):
            digest.update(place.name.encode() + place.read().tobytes())
    return digest.hexdigest()
