"""TensorFlow's C library through ctypes: functions, tensors and errors; part of the child process, see `c_api.py`."""

import base64
import ctypes
from collections.abc import Callable
from typing import Any

Pointer = ctypes.c_void_p
STRING = 7
STRING_BYTES = 24  # sizeof(TF_TString)
# The codes an export can raise, from tensorflow/c/tf_status.h; others are reported by number.
CODES = {
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    15: "DATA_LOSS",
}


class Buffer(ctypes.Structure):
    """`TF_Buffer`."""

    _fields_ = [("data", Pointer), ("length", ctypes.c_size_t), ("deallocator", Pointer)]


class Place(ctypes.Structure):
    """`TF_Output`: one output of one operation."""

    _fields_ = [("operation", Pointer), ("index", ctypes.c_int)]


# The result and argument types of each function, from tensorflow/c/*.h; ctypes would cut pointers to 32 bits without.
_P, _INT, _SIZE, _CHARS = Pointer, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_BUFFER, _PLACES = ctypes.POINTER(Buffer), ctypes.POINTER(Place)
_NAMES, _POINTERS = ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(Pointer)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "TF_Version": (_CHARS, []),
    "TF_NewStatus": (_P, []),
    "TF_GetCode": (_INT, [_P]),
    "TF_Message": (_CHARS, [_P]),
    "TF_GetAllOpList": (_BUFFER, []),
    "TF_DeleteBuffer": (None, [_BUFFER]),
    "TF_LoadLibrary": (_P, [_CHARS, _P]),
    "TF_NewGraph": (_P, []),
    "TF_NewSessionOptions": (_P, []),
    "TF_LoadSessionFromSavedModel": (_P, [_P, _BUFFER, _CHARS, _NAMES, _INT, _P, _BUFFER, _P]),
    "TF_GraphOperationByName": (_P, [_P, _CHARS]),
    "TF_AllocateTensor": (_P, [_INT, ctypes.POINTER(ctypes.c_int64), _INT, _SIZE]),
    "TF_DeleteTensor": (None, [_P]),
    "TF_TensorData": (_P, [_P]),
    "TF_TensorByteSize": (_SIZE, [_P]),
    "TF_TensorType": (_INT, [_P]),
    "TF_NumDims": (_INT, [_P]),
    "TF_Dim": (ctypes.c_int64, [_P, _INT]),
    "TF_StringInit": (None, [_P]),
    "TF_StringCopy": (None, [_P, _CHARS, _SIZE]),
    "TF_StringDealloc": (None, [_P]),
    "TF_StringGetSize": (_SIZE, [_P]),
    "TF_StringGetDataPointer": (_P, [_P]),
    "TF_NewDeprecatedSession": (_P, [_P, _P]),
    "TF_ExtendGraph": (None, [_P, _CHARS, _SIZE, _P]),
    "TF_Run": (None, [_P, _P, _NAMES, _POINTERS, _INT, _NAMES, _POINTERS, _INT, _NAMES, _INT, _P, _P]),
    "TF_SessionRun": (None, [_P, _P, _PLACES, _POINTERS, _INT, _PLACES, _POINTERS, _INT, _P, _INT, _P, _P]),
}


class CallError(Exception):
    """An error that TensorFlow returned from a call."""


class Library:
    """TensorFlow's C library.

    Args:
        libraries: The shared libraries, in the order in which they must be loaded.
    """

    def __init__(self, libraries: list[str]) -> None:
        # Loaded globally, since the op libraries of tensorflow-text look for TensorFlow's symbols in the process.
        self.loaded = [ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL) for library in libraries]
        self.functions: dict[str, Callable[..., Any]] = {}
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(self.loaded[-1], name)
            function.restype, function.argtypes = result, arguments
            self.functions[name] = function
        # TensorFlow Serving calls this in its main function too.
        disable = getattr(self.loaded[-1], "_ZN10tensorflow21DisableXlaCompilationEv", None)
        if disable is not None:
            disable()
        self.status = self("TF_NewStatus")

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Calls a function that reports no status."""
        return self.functions[name](*arguments)

    def checked(self, name: str, *arguments: Any) -> Any:
        """Calls a function whose last argument is the status, and raises `CallError` for an error status."""
        result = self(name, *arguments, self.status)
        code = self("TF_GetCode", self.status)
        if code:
            message = self("TF_Message", self.status).decode(errors="replace")
            raise CallError(f"{CODES.get(code, code)}: {message}")
        return result

    def ops(self) -> str:
        """Returns the registered ops as a serialized OpList in base64, which the parent parses."""
        buffer = self("TF_GetAllOpList")
        data = ctypes.string_at(buffer.contents.data, buffer.contents.length)
        self("TF_DeleteBuffer", buffer)
        return base64.b64encode(data).decode()


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
    def encode(cls, library: Library, value: dict[str, Any]) -> "Tensor":
        """Returns a new tensor from its JSON form."""
        rows = [base64.b64decode(row) for row in value.get("strings", [])]
        data = base64.b64decode(value.get("data", ""))
        shape, size = value["shape"], STRING_BYTES * len(rows) if value["dtype"] == STRING else len(data)
        handle = library("TF_AllocateTensor", value["dtype"], (ctypes.c_int64 * len(shape))(*shape), len(shape), size)
        start = library("TF_TensorData", handle)
        for number, row in enumerate(rows):
            library("TF_StringInit", start + STRING_BYTES * number)
            library("TF_StringCopy", start + STRING_BYTES * number, row, len(row))
        if data:
            ctypes.memmove(start, data, size)
        return cls(library, handle, made_here=True)

    def decode(self) -> dict[str, Any]:
        """Returns the JSON form of the tensor."""
        kind = self.library("TF_TensorType", self.handle)
        shape = [self.library("TF_Dim", self.handle, axis) for axis in range(self.library("TF_NumDims", self.handle))]
        if kind == STRING:
            return {"dtype": kind, "shape": shape, "strings": [self._string(place) for place in self._string_places()]}
        size, start = self.library("TF_TensorByteSize", self.handle), self.library("TF_TensorData", self.handle)
        data = ctypes.string_at(start, size) if size else b""
        return {"dtype": kind, "shape": shape, "data": base64.b64encode(data).decode()}

    def free(self) -> None:
        """Frees the tensor and its strings."""
        if self.made_here and self.library("TF_TensorType", self.handle) == STRING:
            for place in self._string_places():
                self.library("TF_StringDealloc", place)
        self.library("TF_DeleteTensor", self.handle)

    def _string_places(self) -> range:
        start, size = self.library("TF_TensorData", self.handle) or 0, self.library("TF_TensorByteSize", self.handle)
        return range(start, start + size, STRING_BYTES)

    def _string(self, place: int) -> str:
        size = self.library("TF_StringGetSize", place)
        return base64.b64encode(ctypes.string_at(self.library("TF_StringGetDataPointer", place), size)).decode()
