"""Where the float32 tensors of a safetensors file lie in it, so that they can be mapped instead of being copied."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_LENGTH_BYTES = 8  # the length of the header, which the file begins with
_FLOAT32 = np.dtype("<f4")


@dataclass(frozen=True)
class FloatPlace:
    """The place of a float32 tensor in a safetensors file.

    Attributes:
        offset: The first byte of the tensor in the file.
        shape: The shape of the tensor.
    """

    offset: int
    shape: tuple[int, ...]

    def mapped(self, path: Path) -> np.ndarray:
        """Returns the tensor as a read-only view of the file's pages, which the system reads on use.

        Args:
            path: The file.
        """
        # Mapped alone, so that its pages are given back with it, and do not add up to the whole file.
        return np.asarray(np.memmap(path, _FLOAT32, "r", self.offset, self.shape))


def float_places(path: Path) -> dict[str, FloatPlace]:
    """Reads the header of a file that the safetensors library has opened, and so has checked.

    Args:
        path: The file.

    Returns:
        The places of its float32 tensors by name; empty tensors and other types are left out.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        header = json.loads(file.read(length))
    behind = _LENGTH_BYTES + length
    return {
        name: FloatPlace(behind + entry["data_offsets"][0], tuple(entry["shape"]))
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32" and math.prod(entry["shape"])
    }
