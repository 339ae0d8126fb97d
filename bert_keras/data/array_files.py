"""Arrays that grow in files, and are mapped from them."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

_WIDTHS = (np.uint16, np.int32, np.int64)  # of whole numbers, which are stored in the first that holds all
_PIECE = 2**20  # numbers


class ArrayFile:
    """A file of numbers, end to end, that grows; never more than a piece of it in memory.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._dtype: np.dtype | None = None
        self.size = 0

    def append(self, values: np.ndarray) -> None:
        """Writes numbers behind those that are there; whole numbers as narrow as all of them allow."""
        needed = _narrowest(values)
        if self._dtype is None:
            self._dtype = needed
        elif np.promote_types(self._dtype, needed) != self._dtype:
            self._widen(np.promote_types(self._dtype, needed))
        self._file.write(np.ascontiguousarray(values, self._dtype).data)
        self.size += len(values)

    def close(self) -> dict[str, Any]:
        """Ends the file; returns what `map_array` needs to know."""
        self._file.flush()
        os.fsync(self._file.fileno())  # so that a folder that is put in its place is whole, even after a power cut
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
    """Maps an array from its file; what is not looked at takes no memory.

    Args:
        path: The file.
        described: What `ArrayFile.close` returned.

    Returns:
        The array, which cannot be written to.

    Raises:
        ValueError: The file has another size.
        OSError: It cannot be opened.
    """
    dtype, size = np.dtype(described["dtype"]), int(described["size"])
    if path.stat().st_size != dtype.itemsize * size:
        raise ValueError(f"{path} has another size than it was written with")
    if size == 0:
        return np.zeros(0, dtype)
    # A plain view: a memmap's own indexing does more with each batch.
    return np.memmap(path, dtype, "r", shape=(size,)).view(np.ndarray)


def _narrowest(values: np.ndarray) -> np.dtype:
    if values.dtype.kind != "i":
        return values.dtype
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    return np.dtype(next(width for width in _WIDTHS if np.iinfo(width).min <= least and most <= np.iinfo(width).max))
