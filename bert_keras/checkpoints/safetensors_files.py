"""Reads tensors from one or several safetensors files, one at a time, and writes them to one."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.hugging_face.tensor_names import canonical
from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.checkpoints.safetensors_places import FloatPlace, float_places
from bert_keras.checkpoints.unreadable import unreadable_weights
from bert_keras.errors import CheckpointError

SINGLE_FILE = "model.safetensors"
"""The file of a model that is not sharded."""
INDEX_FILE = "model.safetensors.index.json"
"""The file that lists the shards of a large model."""
_VARIANT = re.compile(r"model\.[a-z][a-z0-9_]*\.safetensors")


def write_safetensors(tensors: Mapping[str, np.ndarray], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Writes tensors to a file that all may read, as they may read what lies beside it.

    Args:
        tensors: The tensors, by name.
        path: The file, in an existing folder.
        metadata: What else its header holds.
    """
    save_file(dict(tensors), path, metadata=metadata)
    path.chmod(0o644)  # the library leaves it to its owner alone


class SafetensorsFiles(LazyTensors):
    """The tensors of a Hugging Face folder as float32, by BERT's names without the prefix `bert.`.

    Args:
        folder: The folder, with `model.safetensors`, or with `model.safetensors.index.json` and the shards it lists.
        file: The name of a single file to read instead.
        named: A function that returns the name under which a tensor of the files is found.

    Raises:
        PresetError: There is no such file.
        CheckpointError: All weights are pickled, which are never read, or a file is not a complete safetensors file.
    """

    _stored: dict[str, tuple[Path, str]]
    _places: dict[Path, dict[str, FloatPlace]]

    def __init__(self, folder: Path, file: str | None = None, named: Callable[[str], str] = canonical) -> None:
        self._stored, self._places = {}, {}
        for path in _weight_files(folder) if file is None else [folder / file]:
            for name in _names(path):
                self._stored[named(name)] = (path, name)
            self._places[path] = float_places(path)

    def __getitem__(self, name: str) -> np.ndarray:
        path, stored = self._stored[name]
        place = self._places[path].get(stored)
        if place is not None:
            return place.mapped(path)
        try:
            with safe_open(path, framework="numpy") as file:
                tensor = file.get_tensor(stored)
        except (SafetensorError, OSError, TypeError) as error:
            raise CheckpointError(f"{path}: tensor {stored} cannot be read ({error})") from error
        return np.asarray(tensor, np.float32)


def _weight_files(folder: Path) -> list[Path]:
    if (folder / SINGLE_FILE).exists():
        return [folder / SINGLE_FILE]
    if (folder / INDEX_FILE).exists():
        weight_map = read_json(folder / INDEX_FILE).get("weight_map")
        names = weight_map.values() if isinstance(weight_map, dict) else ()
        # Only the file name counts, so that an index cannot name files outside of the folder.
        paths = sorted({folder / Path(str(name)).name for name in names})
        absent = [path.name for path in paths if not path.exists()]
        if absent or not paths:
            raise missing(folder, f"{', '.join(absent) or 'shards'} that {INDEX_FILE} names")
        return paths
    variants = sorted(path for path in folder.glob("model.*.safetensors") if _VARIANT.fullmatch(path.name))
    if len(variants) == 1:
        return variants  # what `save_pretrained(variant="fp16")` writes
    if variants:
        raise CheckpointError(
            f"{folder}: several variants of the weights. Received: {', '.join(path.name for path in variants)}; rename "
            f"the one that you mean to {SINGLE_FILE}"
        )
    said = unreadable_weights(folder)
    if said:
        raise CheckpointError(f"{folder}: {said}")
    raise missing(folder, f"{SINGLE_FILE} or {INDEX_FILE}")


def _names(path: Path) -> list[str]:
    try:
        with safe_open(path, framework="numpy") as file:
            return list(file.keys())
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: no whole safetensors file ({error}). Received: {path.stat().st_size:,} bytes; copy or download "
            "it again"
        ) from error
