"""TensorFlow's C library through ctypes: functions and errors; a module of the child processes of this folder."""

import base64
import ctypes
import os
from collections.abc import Callable
from typing import Any

Pointer = ctypes.c_void_p
# The codes an export can raise, from tensorflow/c/tf_status.h; others are reported by number.
CODES = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
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
    "TF_DeleteStatus": (None, [_P]),
    "TF_GetCode": (_INT, [_P]),
    "TF_Message": (_CHARS, [_P]),
    "TF_GetAllOpList": (_BUFFER, []),
    "TF_NewBufferFromString": (_BUFFER, [_CHARS, _SIZE]),
    "TF_DeleteBuffer": (None, [_BUFFER]),
    "TF_LoadLibrary": (_P, [_CHARS, _P]),
    "TF_NewGraph": (_P, []),
    "TF_NewSessionOptions": (_P, []),
    "TF_SetConfig": (None, [_P, _CHARS, _SIZE, _P]),
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
    "TF_SessionRun": (None, [_P, _BUFFER, _PLACES, _POINTERS, _INT, _PLACES, _POINTERS, _INT, _P, _INT, _P, _P]),
}
# What takes long releases Python's lock, so that other threads go on; for what takes a microsecond, to release it and
# to wait for it again would cost more than the call.
SLOW = frozenset({"TF_LoadLibrary", "TF_LoadSessionFromSavedModel", "TF_ExtendGraph", "TF_Run", "TF_SessionRun"})


class CallError(Exception):
    """An error that TensorFlow returned from a call.

    Attributes:
        code: The canonical code, such as 3 for INVALID_ARGUMENT.
        message: The message.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{CODES.get(code, code)}: {message}")
        self.code, self.message = code, message


class Library:
    """TensorFlow's C library; its calls may be made from several threads.

    Args:
        libraries: The shared libraries, in the order in which they must be loaded.
    """

    def __init__(self, libraries: list[str]) -> None:
        # Loaded globally, since the op libraries of tensorflow-text look for TensorFlow's symbols in the process.
        loaded = [ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL) for library in libraries][-1]
        quick = ctypes.PyDLL(libraries[-1], mode=ctypes.RTLD_GLOBAL)
        self.functions: dict[str, Callable[..., Any]] = {}
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(loaded if name in SLOW else quick, name)
            function.restype, function.argtypes = result, arguments
            self.functions[name] = function
        # TensorFlow Serving calls this in its main function too.
        disable = getattr(loaded, "_ZN10tensorflow21DisableXlaCompilationEv", None)
        if disable is not None:
            disable()

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Calls a function that reports no status."""
        return self.functions[name](*arguments)

    def checked(self, name: str, *arguments: Any) -> Any:
        """Calls a function whose last argument is the status, and raises `CallError` for an error status."""
        status = self("TF_NewStatus")
        try:
            result = self(name, *arguments, status)
            code = self("TF_GetCode", status)
            if code:
                raise CallError(code, self("TF_Message", status).decode(errors="replace"))
            return result
        finally:
            self("TF_DeleteStatus", status)

    def load_ops(self, files: list[str]) -> list[Any]:
        """Loads the op libraries of tensorflow-text, and returns their handles."""
        return [self.checked("TF_LoadLibrary", os.fsencode(file)) for file in files]

    def ops(self) -> str:
        """Returns the registered ops as a serialized OpList in base64, which the parent parses."""
        buffer = self("TF_GetAllOpList")
        data = ctypes.string_at(buffer.contents.data, buffer.contents.length)
        self("TF_DeleteBuffer", buffer)
        return base64.b64encode(data).decode()
