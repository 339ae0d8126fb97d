"""TensorFlow's tensors through ctypes; a module of the child processes of this folder."""

import ctypes
from collections.abc import Iterable
from typing import Any

# Imported by their bare names: a script finds the modules of its own folder, and must not import the package.
from c_library import Library
from frames import STRING, RawTensor

STRING_BYTES = 24  # sizeof(TF_TString)


class Tensor:
    """A tensor that this process owns and must free.

    Args:
        library: The C library.
        handle: The `TF_Tensor`.
        made_here: Whether its strings, if any, were allocated here and must be freed here.
    """

    def __init__(self, library: Library, handle: int | None, made_here: bool = False) -> None:
        self.library, self.handle, self.made_here = library, handle, made_here

    @classmethod
    def make(cls, library: Library, raw: RawTensor) -> "Tensor":
        """Returns a new tensor."""
        dtype, shape, data = raw
        size = STRING_BYTES * len(data) if dtype == STRING else len(data)
        handle = library("TF_AllocateTensor", dtype, (ctypes.c_int64 * len(shape))(*shape), len(shape), size)
        start = library("TF_TensorData", handle)
        if dtype == STRING:
            _copy_strings(library, start, data)
        elif data:
            ctypes.memmove(start, data, size)
        return cls(library, handle, made_here=True)

    def read(self) -> RawTensor:
        """Returns a copy of what the tensor holds."""
        kind = self.library("TF_TensorType", self.handle)
        shape = [self.library("TF_Dim", self.handle, axis) for axis in range(self.library("TF_NumDims", self.handle))]
        if kind == STRING:
            return kind, shape, [self._string(place) for place in self._string_places()]
        size, start = self.library("TF_TensorByteSize", self.handle), self.library("TF_TensorData", self.handle)
        return kind, shape, ctypes.string_at(start, size) if size else b""

    def free(self) -> None:
        """Frees the tensor and its strings."""
        if self.made_here and self.library("TF_TensorType", self.handle) == STRING:
            for place in self._string_places():
                self.library("TF_StringDealloc", place)
        self.library("TF_DeleteTensor", self.handle)

    def _string_places(self) -> range:
        start, size = self.library("TF_TensorData", self.handle) or 0, self.library("TF_TensorByteSize", self.handle)
        return range(start, start + size, STRING_BYTES)

    def _string(self, place: int) -> bytes:
        size = self.library("TF_StringGetSize", place)
        return ctypes.string_at(self.library("TF_StringGetDataPointer", place), size)


def _copy_strings(library: Library, start: Any, rows: Iterable[Any]) -> None:
    for number, row in enumerate(rows):
        library("TF_StringInit", start + STRING_BYTES * number)
        library("TF_StringCopy", start + STRING_BYTES * number, row, len(row))
