"""The child process: loads and runs a SavedModel through TensorFlow's C API, as a C++ server does.

Run as a script, with nothing but the standard library: never TensorFlow's Python, never this package. The job is one JSON object
on stdin. The answers are JSON objects on stdout, one a line, flushed at once so that a crash loses none before it: first the
runtime's version and ops, then whether the export loads, then one for each request.
"""

import base64
import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

Pointer = ctypes.c_void_p
STRING = 7
STRING_BYTES = 24  # sizeof(TF_TString)
# The codes an export can raise, from tensorflow/c/tf_status.h; others are told by their number.
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


# Result and arguments of each function, from tensorflow/c/*.h; without them ctypes would cut pointers to 32 bits.
_P, _INT, _SIZE, _CHARS = Pointer, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_BUFFER, _PLACES, _POINTERS = ctypes.POINTER(Buffer), ctypes.POINTER(Place), ctypes.POINTER(Pointer)
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
    "TF_LoadSessionFromSavedModel": (_P, [_P, _BUFFER, _CHARS, ctypes.POINTER(_CHARS), _INT, _P, _BUFFER, _P]),
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
    "TF_SessionRun": (None, [_P, _P, _PLACES, _POINTERS, _INT, _PLACES, _POINTERS, _INT, _P, _INT, _P, _P]),
}


class CallError(Exception):
    """A call that TensorFlow answered with an error."""


class Library:
    """TensorFlow's C library.

    Args:
        libraries: The shared libraries, in the order in which they must be loaded.
    """

    def __init__(self, libraries: list[str]) -> None:
        # Global, for the op libraries of tensorflow-text find TensorFlow's symbols in the process.
        self.loaded = [ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL) for library in libraries]
        self.functions: dict[str, Callable[..., Any]] = {}
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(self.loaded[-1], name)
            function.restype, function.argtypes = result, arguments
            self.functions[name] = function
        # TensorFlow Serving's main calls this too.
        disable = getattr(self.loaded[-1], "_ZN10tensorflow21DisableXlaCompilationEv", None)
        if disable is not None:
            disable()
        self.status = self("TF_NewStatus")

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Calls a function that reports no status."""
        return self.functions[name](*arguments)

    def checked(self, name: str, *arguments: Any) -> Any:
        """Calls a function whose last argument is the status, and raises its error."""
        result = self(name, *arguments, self.status)
        code = self("TF_GetCode", self.status)
        if code:
            message = self("TF_Message", self.status).decode(errors="replace")
            raise CallError(f"{CODES.get(code, code)}: {message}")
        return result

    def ops(self) -> str:
        """The ops that are registered now: a serialized OpList, which the parent parses."""
        buffer = self("TF_GetAllOpList")
        data = ctypes.string_at(buffer.contents.data, buffer.contents.length)
        self("TF_DeleteBuffer", buffer)
        return base64.b64encode(data).decode()


class Tensor:
    """One tensor that this process owns; freed at the end of a `with` block.

    Args:
        library: The C library.
        handle: The `TF_Tensor`.
        made_here: Whether its strings, if any, were made here and are to be freed here.
    """

    def __init__(self, library: Library, handle: int | None, made_here: bool = False) -> None:
        self.library, self.handle, self.made_here = library, handle, made_here

    @classmethod
    def encode(cls, library: Library, value: dict[str, Any]) -> "Tensor":
        """Makes a tensor from its JSON form."""
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
        """The JSON form of the tensor."""
        kind = self.library("TF_TensorType", self.handle)
        shape = [self.library("TF_Dim", self.handle, axis) for axis in range(self.library("TF_NumDims", self.handle))]
        if kind == STRING:
            return {"dtype": kind, "shape": shape, "strings": [self._string(place) for place in self._string_places()]}
        size, start = self.library("TF_TensorByteSize", self.handle), self.library("TF_TensorData", self.handle)
        data = ctypes.string_at(start, size) if size else b""
        return {"dtype": kind, "shape": shape, "data": base64.b64encode(data).decode()}

    def free(self) -> None:
        """Gives the memory back."""
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


class Session:
    """A loaded SavedModel.

    Args:
        library: The C library.
        folder: The version folder.
    """

    def __init__(self, library: Library, folder: str) -> None:
        self.library, self.graph = library, library("TF_NewGraph")
        options, tags = library("TF_NewSessionOptions"), (ctypes.c_char_p * 1)(b"serve")
        # The MetaGraphDef is not asked for: the parent has parsed it.
        self.session = library.checked(
            "TF_LoadSessionFromSavedModel", options, None, os.fsencode(folder), tags, 1, self.graph, None
        )

    def place(self, name: str) -> Place:
        """Finds a tensor by its name in the graph, such as `StatefulPartitionedCall:0`."""
        operation, _, index = name.rpartition(":")
        found = self.library("TF_GraphOperationByName", self.graph, operation.encode())
        if not found:
            raise CallError(f"NOT_FOUND: the graph has no operation {operation}")
        return Place(found, int(index))

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Answers one request with the tensors it asks for, in its order."""
        places = [self.place(name) for name in request["feeds"]]
        fetches = [self.place(name) for name in request["fetches"]]
        owned = [Tensor.encode(self.library, value) for value in request["feeds"].values()]
        try:
            feeds = ((Place * len(places))(*places), (Pointer * len(owned))(*[tensor.handle for tensor in owned]), len(owned))
            results = (Pointer * len(fetches))()
            wanted = ((Place * len(fetches))(*fetches), results, len(fetches))
            self.library.checked("TF_SessionRun", self.session, None, *feeds, *wanted, None, 0, None)
            # Read and freed before the feeds, whose strings an output may share.
            owned = [Tensor(self.library, result) for result in results] + owned
            return [tensor.decode() for tensor in owned[: len(fetches)]]
        finally:
            for tensor in owned:
                tensor.free()


def answer(work: Callable[[], Any]) -> dict[str, Any]:
    """The answer to one piece of work: its result or TensorFlow's error, and the seconds it took."""
    start = time.perf_counter()
    try:
        reply = {"result": work()}
    except CallError as error:
        reply = {"error": str(error)}
    return reply | {"seconds": time.perf_counter() - start}


def main(job: dict[str, Any], answers: TextIO) -> None:
    """Does one job."""

    def tell(reply: dict[str, Any]) -> None:
        answers.write(json.dumps(reply) + "\n")
        answers.flush()

    library = Library(job["libraries"])
    core_ops = library.ops()
    handles = [library.checked("TF_LoadLibrary", os.fsencode(file)) for file in job["text_libraries"]]
    tell({"version": library("TF_Version").decode(), "core_ops": core_ops, "all_ops": library.ops() if handles else core_ops})
    sessions: list[Session] = []
    tell(answer(lambda: sessions.append(Session(library, job["folder"]))))
    for request in job["requests"] if sessions else []:
        tell(answer(lambda request=request: sessions[0].run(request)))  # type: ignore[misc]


if __name__ == "__main__":
    # What C++ prints to stdout must not come between the answers.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(json.load(sys.stdin), replies)
    replies.flush()
    # Past the destructors of TensorFlow's globals: a server does not reach them, and a crash there says nothing about the export.
    os._exit(0)
