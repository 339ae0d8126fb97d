"""Tensors of one or several safetensors files, read one at a time when they are asked for."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from bert_keras.checkpoints.files import missing, read_json
from bert_keras.errors import CheckpointError

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
# Names of LayerNorm's weights in files converted from TensorFlow before 2019.
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


class SafetensorsFiles(Mapping[str, np.ndarray]):
    """The tensors of a Hugging Face folder, under their names without the prefix `bert.`.

    Args:
        folder: Holds `model.safetensors`, or `model.safetensors.index.json` and the shards that it names.
        file: The name of a single file instead of these.

    Raises:
        PresetError: No such file.
        CheckpointError: Only pickled weights, which are never read; or a file that is no whole safetensors file.
    """

    def __init__(self, folder: Path, file: str | None = None) -> None:
        self._places: dict[str, tuple[Path, str]] = {}
        for path in _weight_files(folder) if file is None else [folder / file]:
            for name in _names(path):
                self._places[_canonical(name)] = (path, name)

    def __getitem__(self, name: str) -> np.ndarray:
        path, stored = self._places[name]
        try:
            with safe_open(path, framework="numpy") as file:
                tensor = file.get_tensor(stored)
        except (SafetensorError, OSError, TypeError) as error:
            raise CheckpointError(f"{path}: tensor {stored} cannot be read ({error})") from error
        return np.asarray(tensor, np.float32)

    def __contains__(self, name: object) -> bool:
        return name in self._places  # Mapping's own would read the tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _weight_files(folder: Path) -> list[Path]:
    if (folder / SINGLE_FILE).exists():
        return [folder / SINGLE_FILE]
    if (folder / INDEX_FILE).exists():
        weight_map = read_json(folder / INDEX_FILE).get("weight_map")
        names = weight_map.values() if isinstance(weight_map, dict) else ()
        # A shard is a file of this folder, whatever the index says.
        paths = sorted({folder / Path(str(name)).name for name in names})
        absent = [path.name for path in paths if not path.exists()]
        if absent or not paths:
            raise missing(folder, f"{', '.join(absent) or 'shards'} that {INDEX_FILE} names")
        return paths
    pickled = sorted(path.name for pattern in _PICKLED for path in folder.glob(pattern))
    if pickled:
        raise CheckpointError(
            f"{folder}: the weights are pickled ({', '.join(pickled)}), and unpickling runs whatever code the file holds. Convert them "
            "where you trust them: transformers' AutoModel.from_pretrained(FOLDER).save_pretrained(NEW) writes model.safetensors"
        )
    raise missing(folder, f"{SINGLE_FILE} or {INDEX_FILE}")


def _names(path: Path) -> list[str]:
    try:
        with safe_open(path, framework="numpy") as file:
            return list(file.keys())
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: no whole safetensors file ({error}). Received: {path.stat().st_size:,} bytes; copy or download it again"
        ) from error


def _canonical(name: str) -> str:
    name = name.removeprefix("bert.")
    for old, new in _OLD_NAMES.items():
        name = name.replace(old, new)
    return name
