"""The process that `footprint.py` measures: TensorFlow's C library, an export and its requests; no Python packages.

It runs as a script on the standard library alone. The job is one JSON object on stdin; each step is a JSON object on
stdout, on a line of its own.
"""

import ctypes
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

_STRING, _STRING_BYTES = 7, 24


class Place(ctypes.Structure):
    """`TF_Output`: one output of one operation."""

    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


class Model:
    """An export, loaded as a C++ server loads it.

    Args:
        libraries: TensorFlow's libraries, in the order in which they must be loaded.
    """

    def __init__(self, libraries: Sequence[str]) -> None:
        # Loaded globally, since the op libraries of tensorflow-text look for TensorFlow's symbols in the process.
        self._library = [ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL) for library in libraries][-1]
        for name in ("NewStatus", "NewGraph", "NewSessionOptions", "LoadSessionFromSavedModel", "LoadLibrary"):
            self._function(name).restype = ctypes.c_void_p
        for name in ("GraphOperationByName", "AllocateTensor", "TensorData"):
            self._function(name).restype = ctypes.c_void_p
        self._function("Message").restype = ctypes.c_char_p
        self._status = ctypes.c_void_p(self._function("NewStatus")())

    def load_ops(self, library: str) -> None:
        """Loads a library of ops."""
        self._checked("LoadLibrary", os.fsencode(library))

    def load(self, folder: str) -> None:
        """Loads the export."""
        self._graph = ctypes.c_void_p(self._function("NewGraph")())
        options, tags = ctypes.c_void_p(self._function("NewSessionOptions")()), (ctypes.c_char_p * 1)(b"serve")
        session = self._checked(
            "LoadSessionFromSavedModel", options, None, os.fsencode(folder), tags, 1, self._graph, None
        )
        self._session = ctypes.c_void_p(session)

    def run(self, feeds: Mapping[str, Sequence[bytes]], fetches: Sequence[str]) -> None:
        """Runs a request of strings, and throws the answer away."""
        given, wanted = ((Place * len(names))(*map(self._place, names)) for names in (feeds, fetches))
        values = (ctypes.c_void_p * len(feeds))(*map(self._strings, feeds.values()))
        results = (ctypes.c_void_p * len(fetches))()
        ends = (given, values, len(given), wanted, results, len(wanted))
        self._checked("SessionRun", self._session, None, *ends, None, 0, None)
        # Strings of up to 22 bytes lie in the tensor itself; the others of the feeds are few, and are left to the end.
        for tensor in (*results, *values):
            self._function("DeleteTensor")(ctypes.c_void_p(tensor))

    def _place(self, name: str) -> Place:
        operation, _, index = name.rpartition(":")
        return Place(self._function("GraphOperationByName")(self._graph, operation.encode()), int(index))

    def _strings(self, rows: Sequence[bytes]) -> Any:
        shape = (ctypes.c_int64 * 1)(len(rows))
        size = ctypes.c_size_t(_STRING_BYTES * len(rows))
        tensor = self._function("AllocateTensor")(_STRING, shape, 1, size)
        start = self._function("TensorData")(ctypes.c_void_p(tensor))
        for number, row in enumerate(rows):
            place = ctypes.c_void_p(start + _STRING_BYTES * number)
            self._function("StringInit")(place)
            self._function("StringCopy")(place, row, ctypes.c_size_t(len(row)))
        return tensor

    def _checked(self, name: str, *arguments: Any) -> Any:
        result = self._function(name)(*arguments, self._status)
        if self._function("GetCode")(self._status):
            sys.exit(f"TF_{name}: {self._function('Message')(self._status).decode(errors='replace')}")
        return result

    def _function(self, name: str) -> Any:
        return getattr(self._library, f"TF_{name}")


def measure(job: Mapping[str, Any], told: TextIO) -> None:
    """Loads and runs the export, and tells each step's memory and time."""

    def tell(what: str, **times: float) -> None:
        told.write(json.dumps({"what": what} | memory() | times) + "\n")
        told.flush()

    model = Model(job["libraries"])
    for library in job["text_libraries"]:
        model.load_ops(library)
    tell("TensorFlow")
    model.load(job["folder"])
    tell("loaded")
    for what, (feeds, repeats) in job["requests"].items():
        rows = {name: [text.encode() for text in texts] for name, texts in feeds.items()}
        spent = []
        for _ in range(1 + repeats):
            begun = time.process_time()
            model.run(rows, job["fetches"])
            spent.append(time.process_time() - begun)
        # The first run of a length makes what the others use.
        tell(what, milliseconds=statistics.median(spent[1:]) * 1000)


def memory() -> dict[str, float]:
    """Returns the resident memory of this process and its highest value so far, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Vm")}
    return {"megabytes": sizes["VmRSS"], "most_megabytes": sizes["VmHWM"]}


if __name__ == "__main__":
    # Whatever C++ prints to stdout must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    measure(json.load(sys.stdin), answers)
    os._exit(0)  # without the destructors of TensorFlow's globals, which a server does not reach either
