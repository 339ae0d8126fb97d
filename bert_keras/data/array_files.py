"""Arrays that are appended to in files and memory-mapped from them."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

_WIDTHS = (np.uint16, np.int32, np.int64)  # integers are stored in the first type that can represent all of them
_PIECE = 2**20  # numbers


class ArrayFile:
    """A file of numbers that is appended to, with at most a piece of it in memory.

    Args:
        path: The path of the file, which is overwritten.

    Attributes:
        size: The number of values written so far.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._dtype: np.dtype | None = None
        self.size = 0

    def append(self, values: np.ndarray) -> None:
        """Appends numbers; integers are stored in the narrowest type that all of them fit."""
        needed = _narrowest(values)
        if self._dtype is None:
            self._dtype = needed
        elif np.promote_types(self._dtype, needed) != self._dtype:
            self._widen(np.promote_types(self._dtype, needed))
        self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self.size += len(values)

    def close(self) -> dict[str, Any]:
        """Completes the file, and returns the description that `map_array` takes."""
        self._file.flush()
        os.fsync(self._file.fileno())  # so that the file is complete before its folder is renamed, even at a power cut
        self._file.close()
        return {"dtype": np.dtype(self._dtype or np.uint16).str, "size": self.size}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def _widen(self, dtype: np.dtype) -> None:
        self._file.close()
        narrow = self._path.rename(self._path.with_suffix(".narrow"))
        self._file = self._path.open("wb")
        with narrow.open("rb") as file:
            while len(piece := np.fromfile(file, self._dtype, _PIECE)):
                self._file.write(piece.astype(dtype).data)
        narrow.unlink()
        self._dtype = dtype


def map_array(path: Path, described: dict[str, Any]) -> np.ndarray:
    """Memory-maps an array from its file.

    Args:
        path: The path of the file.
        described: The description that `ArrayFile.close` returned.

    Returns:
        The array, which is read-only.

    Raises:
        ValueError: The file's size does not match the description.
        OSError: The file cannot be opened.
    """
    dtype, size = np.dtype(described["dtype"]), int(described["size"])
    if path.stat().st_size != dtype.itemsize * size:
        raise ValueError(f"{path} has another size than it was written with")
    if size == 0:
        return np.zeros(0, dtype)
    # A plain view, since indexing a memmap has more overhead.
    return np.memmap(path, dtype, "r", shape=(size,)).view(np.ndarray)


def _narrowest(values: np.ndarray) -> np.dtype:
    if values.dtype.kind != "i":
        return values.dtype
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    return np.dtype(next(width for width in _WIDTHS if np.iinfo(width).min <= least and most <= np.iinfo(width).max))
