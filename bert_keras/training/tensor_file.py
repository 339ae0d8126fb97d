"""Writes tensors to a safetensors file, atomically and without a second copy in memory, and reads them."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from safetensors import SafetensorError, safe_open

from bert_keras.errors import CheckpointError
from bert_keras.files.synced import sync_folder, synced_file

_TYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "uint64": "U64",
    "uint32": "U32",
    "uint8": "U8",
    "bool": "BOOL",
}


def write_tensors(path: Path, variables: Mapping[str, keras.Variable], note: str = "") -> None:
    """Writes a temporary file, waits until it is on disk, and renames it to the final name.

    Args:
        path: The file, in an existing folder.
        variables: The variables, by name.
        note: A text to store with them.

    Raises:
        OSError: The file cannot be written, e.g. because the disk is full. An existing file stays unchanged.
    """
    # safetensors' own writer needs the bytes of all tensors at once. The temporary name is always the same, so that
    # killed processes leave at most one file.
    aside = path.with_name(f".{path.name}.part")
    try:
        with synced_file(aside) as file:
            file.write(_header(variables, note))
            for variable in variables.values():
                file.write(np.ascontiguousarray(keras.ops.convert_to_numpy(variable)).tobytes())
        os.replace(aside, path)
        sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def read_tensors(path: Path, variables: Mapping[str, keras.Variable]) -> None:
    """Assigns the tensors of a file to variables.

    Args:
        path: The file, written by `write_tensors`.
        variables: The variables, by the names of their tensors.

    Raises:
        CheckpointError: The file is broken, or holds other tensors.
    """
    with _opened(path) as file:
        if set(file.keys()) != set(variables):
            raise CheckpointError(f"{path}: holds the weights of another model; delete it to start anew")
        for name, variable in variables.items():
            variable.assign(file.get_tensor(name))


def read_note(path: Path) -> str:
    """Returns the text that was stored with the tensors.

    Args:
        path: The file, written by `write_tensors`.

    Returns:
        The text; empty if there is none.

    Raises:
        CheckpointError: The file is broken.
    """
    with _opened(path) as file:
        return (file.metadata() or {}).get("note", "")


def _header(variables: Mapping[str, keras.Variable], note: str) -> bytes:
    """Returns the header of a safetensors file: the size of a JSON object, and the object, with all tensor offsets."""
    header: dict[str, object] = {"__metadata__": {"note": note}}
    place = 0
    for name, variable in variables.items():
        kind = keras.backend.standardize_dtype(variable.dtype)
        size = (
            int(np.prod(variable.shape, dtype=np.int64)) * np.dtype(kind if kind != "bfloat16" else "uint16").itemsize
        )
        header[name] = {"dtype": _TYPES[kind], "shape": list(variable.shape), "data_offsets": [place, place + size]}
        place += size
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)
    return len(content).to_bytes(8, "little") + content


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path}: cannot be read ({error}); delete it to start anew") from error
